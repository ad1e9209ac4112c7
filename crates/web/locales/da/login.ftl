# Brugernavn og adgangskode.
login-heading = Log ind
login-heading-for = Log ind på { $service }
login-intro = Brug dit brugernavn og din adgangskode hos { $organisation }.
user-name = Brugernavn
password = Adgangskode
login-submit = Log ind
login-cancel = Annuller
login-cancel-to = Annuller, og gå tilbage til { $service }
login-wrong = Brugernavnet eller adgangskoden er forkert. Prøv igen.
login-no-user-name = Skriv dit brugernavn
login-no-password = Skriv din adgangskode
login-busy = Der er mange, der logger ind lige nu. Vent et øjeblik, og prøv igen.
login-directory-unavailable = Netværksadgangskoder kan ikke kontrolleres lige nu. Er det den, du bruger, tæller forsøget ikke som forkert: prøv igen om lidt, eller kontakt den support, der står nederst på siden. Bruger du en anden adgangskode, er den eller brugernavnet forkert.
login-network-password-expired = Din netværksadgangskode er udløbet eller skal skiftes. Skift den på din arbejdscomputer, og prøv igen.
login-network-account-unusable = Din konto i netværket kan ikke bruges lige nu. Kontakt den support, der står nederst på siden.
too-many-attempts = { $minutes ->
    [0] Der har været for mange forsøg. Vent et øjeblik, og prøv igen.
    [one] Der har været for mange forsøg. Vent { $minutes } minut, og prøv igen.
   *[other] Der har været for mange forsøg. Vent { $minutes } minutter, og prøv igen.
}
closed-by-guessing = Der har været så mange forkerte forsøg, at denne måde at logge ind på er lukket. Log ind på en anden måde, eller kontakt support for at få den åbnet.
login-must-change = Adgangskoden kan ikke bruges mere, før den er ændret. { $why } Log ind på en anden måde, og skift den, eller kontakt support.

# Engangskoden.
code-heading = Bekræft med en kode
code-who = Du er ved at logge ind som { $name }.
code-why = { $service } kræver sikringsniveauet { $level }. Derfor skal du også bruge en kode.
code-why-here = Denne side kræver sikringsniveauet { $level }. Derfor skal du også bruge en kode.
code-label = Engangskode
code-hint = De 6 cifre, din kodeapp viser for { $organisation }.
code-submit = Bekræft
code-lost-heading = Har du ikke din kodeapp?
code-lost = Har du mistet eller skiftet telefon, så kontakt { $support } med det samme. De spærrer din gamle kodeapp og hjælper dig med at få en ny.
code-wrong = Koden er forkert eller udløbet. Skriv den kode, din kodeapp viser nu.
code-already-used = Koden er allerede brugt. Vent, til din kodeapp viser en ny kode, og skriv den.
code-empty = Skriv koden fra din kodeapp
code-paper-label = Engangskode fra papiret
code-paper-submit = Brug engangskoden

# Flere brugernavne, samme person.
identity-choose-heading = Vælg, hvem du logger ind som
identity-choose-heading-for = Vælg, hvem du logger ind på { $service } som
identity-choose-intro = Du har flere brugernavne. Vælger du et andet end det, du lige har brugt, skal du logge ind med det, der hører til det.
identity-log-in-as = Log ind som { $user }
identity-place = Afdeling
identity-not-to-be-chosen = Det brugernavn kan du ikke vælge, eller det kan ikke bruges mere. Vælg et af dem, der står her.
identity-others-heading = Har du et andet brugernavn?
identity-others = Du har flere brugernavne, og et andet kan måske nå niveauet. Du skal logge ind med det, der hører til det.
