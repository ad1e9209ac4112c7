# Breve om, hvad der er sket med ens login.
mail-subject = Dit login er ændret
mail-greeting = Hej
mail-intro = Det her er sket med brugernavnet { $user_name } hos { $organisation }:
mail-bound = Et loginmiddel er tilføjet eller udskiftet: { $kind }
mail-removed = Et loginmiddel er fjernet: { $kind }
mail-lost = Et loginmiddel er meldt mistet og virker ikke mere: { $kind }
mail-session-ended = Du er logget ud på en anden enhed eller i en anden browser
mail-recovery-code = { $left ->
    [one] En engangskode fra papiret er brugt. Der er { $left } tilbage.
   *[other] En engangskode fra papiret er brugt. Der er { $left } tilbage.
}
mail-recovery-code-few = { $left ->
    [0] Din sidste engangskode fra papiret er brugt. Lav nye koder.
    [one] En engangskode fra papiret er brugt. Der er kun { $left } tilbage. Lav nye koder.
   *[other] En engangskode fra papiret er brugt. Der er kun { $left } tilbage. Lav nye koder.
}
mail-closed = Denne måde at logge ind på er lukket, fordi der var for mange forkerte forsøg: { $kind }
mail-reopened = Du kan logge ind igen efter for mange forkerte forsøg
mail-password-due = Din adgangskode opfylder ikke længere reglerne for adgangskoder. Den virker til { $when }.
mail-change-password = Skriv selv adressen { $address } i din browser, log ind, og skift adgangskoden under din profil.
mail-ended = Din ansættelse er slut, og dit login er lukket
mail-locked = Dit login er spærret
mail-unlocked = Spærringen af dit login er ophævet
mail-sessions-ended = Du er logget ud alle steder
mail-when = Hvornår: { $when }
mail-from = Fra netværksadressen: { $address }
mail-by-you = Af hvem: nogen, der var logget ind som dig
mail-by-administration = Af hvem: organisationens administration
mail-by-invitation = Af hvem: nogen, der har brugt din invitation
mail-by-system = Af hvem: loginsystemet
mail-ours = Var det dig, eller vidste du det? Så skal du ikke gøre noget.
mail-not-ours = Var det ikke dig? Skriv selv adressen { $address } i din browser, log ind, og spær dit login under din profil. Kan du ikke logge ind, så kontakt { $support } straks.
mail-phone = Telefon: { $phone }
mail-email = E-mail: { $email }
mail-never = Vi beder aldrig om din adgangskode eller dine koder i en e-mail, og vi sender aldrig et link, du skal logge ind med.
