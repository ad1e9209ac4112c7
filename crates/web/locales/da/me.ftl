# Brugerens egne sider.
me-pages = Dine sider
me-profile = Profil
me-authenticators = Loginmidler
me-sessions = Logins
me-log = Hændelser
me-terms = Vilkår
me-start = Hvor er jeg logget ind?

me-profile-heading = Din profil
me-profile-intro = Det er det, andre ser om dig, når du logger ind.
me-profile-wrong = Er noget forkert, så kontakt { $support }.
me-name = Navn
me-organisation = Organisation
me-could-reach = Med det, du har, kan du nå niveauet { $level }, når en tjeneste beder om det.
me-to-reach = Hvad mangler for at nå { $level }?
me-what-to-do = Et loginmiddel kan du selv tilføje under Loginmidler. Resten klarer du sammen med { $support }.

me-notice-lost-first = Du har meldt et loginmiddel mistet. Brug en gendannelseskode, eller kontakt support, før du kan ændre noget.
me-notice-last-of-its-level = Det kan ikke fjernes, for dit niveau hviler på det. Tilføj først et andet loginmiddel på samme niveau.
me-notice-not-yours = Det kan du ikke ændre her. Det hører til et andet system.

me-authenticators-heading = Dine loginmidler
me-authenticators-intro = Det er det, du kan logge ind med. Niveauet siger, hvor sikkert vi ved, at det er dit.
me-what = Type
me-level = Niveau
me-level-none = Intet niveau
me-since = Siden
me-used = Sidst brugt
me-used-unknown = Ukendt
me-replace = Udskift
me-rename = Omdøb
me-lost = Meld mistet
me-remove = Fjern
me-back = Tilbage uden at ændre noget
me-add-heading = Tilføj et loginmiddel
me-add-totp = Kodeapp
me-add-password = Adgangskode
me-new-level = Den bliver registreret på niveauet { $level }, fordi det er det, dit login er værd nu.
me-new-level-none = Den bliver ikke registreret på noget niveau, fordi dit login nu ikke har noget.

me-rename-heading = Omdøb din { $kind }
me-rename-label = Navn
me-rename-hint = Noget, du kan kende den på. Kun du ser det her.
me-rename-submit = Gem navnet
me-notice-renamed = Navnet er ændret.
me-notice-bad-name = Skriv et navn på højst { $maximum } tegn

me-remove-heading = Fjern din { $kind }?
me-remove-what = Du kan ikke længere logge ind med den. Det kan ikke fortrydes, men du kan tilføje en ny.
me-remove-submit = Fjern
me-notice-removed = Loginmidlet er fjernet.

me-lost-heading = Har du mistet din { $kind }?
me-lost-what = Den holder op med at virke med det samme, og dine logins i andre browsere afsluttes.
me-lost-next = For at få en ny skal du bruge et andet loginmiddel eller en gendannelseskode. Har du ingen, så kontakt { $support }.
me-lost-submit = Meld mistet
me-lost-list = Meldt mistet
me-notice-reported = Loginmidlet virker ikke længere, og dine andre logins er afsluttet.

me-totp-heading = Ny kodeapp
me-totp-intro = Åbn kodeappen på din telefon, vælg at tilføje en konto, og ret kameraet mod billedet.
me-totp-replaces = Den kodeapp, du har nu, holder op med at virke, når den nye er tilføjet.
me-totp-care = Del aldrig koder eller nøgle med nogen. Ingen, der hjælper dig, har brug for dem. Mister du telefonen, så meld det her med det samme.
me-totp-picture = QR-kode med den nøgle, der også står nedenfor
me-totp-key = Kan du ikke bruge billedet, så skriv denne nøgle i appen.
me-totp-time = Nøglen gælder i { $minutes } minutter.
me-totp-submit = Tilføj kodeapp
me-notice-totp-added = Kodeappen er tilføjet.
me-notice-secret-gone = Nøglen gælder ikke længere. Begynd forfra med den, der står her nu.

me-password-heading = Ny adgangskode
me-password-intro = Når du skifter adgangskode, afsluttes dine logins i andre browsere.
me-password-new = Ny adgangskode
me-password-submit = Skift adgangskode
me-notice-password-changed = Adgangskoden er ændret. Dine andre logins er afsluttet. Næste gang du logger ind, skal du bruge den nye.
me-notice-at-the-same-time = Du er i gang med at ændre noget andet. Prøv igen om lidt.

me-sessions-heading = Her er du logget ind
me-sessions-intro = Kender du ikke et af dem, så afslut det, og skift din adgangskode.
me-session-this = Denne browser
me-address = Netværksadresse
me-session-services = Tjenester
me-session-end = Afslut
me-sessions-end-others = Afslut alle andre
me-sessions-services = Tjenester, som et login har været brugt til, kan huske det lidt endnu.
me-device = { $browser } på { $system }
me-device-unknown = Ukendt browser
me-notice-session-ended = Loginnet er afsluttet.
me-notice-sessions-ended = Alle andre logins er afsluttet.
me-notice-session-gone = Det login var allerede slut.

me-log-heading = Hændelser
me-log-intro = Det er sket med dit login, det nyeste først. Det allernyeste kan mangle et øjeblik.
me-log-empty = Her er ikke noget endnu.
me-log-from = fra { $address }
me-log-newest = Nyeste
me-log-older = Ældre
me-log-strange = Er der noget, du ikke kender, så kontakt { $support }.

me-event-service = en tjeneste
me-event-registered = Du blev oprettet.
me-event-locked = Dit login blev spærret.
me-event-unlocked = Spærringen blev ophævet.
me-event-bound = Din { $kind } blev tilføjet. Niveau: { $level }.
me-event-accepted = Du brugte din { $kind }.
me-event-refused = Et forsøg med din { $kind } blev afvist.
me-event-renamed = Du omdøbte din { $kind }.
me-event-removed = Din { $kind } blev fjernet.
me-event-lost = Din { $kind } blev meldt mistet.
me-event-role = Du fik en rolle.
me-event-groups = Dine grupper blev ændret.
me-event-rights = Dine rettigheder blev ændret.
me-event-named = { $service } fik et navn for dig.
me-event-denied = Du fik ikke adgang til { $service }.
me-event-not-logged-in = Et login hos { $service } blev ikke til noget.
me-event-issued = Du blev logget ind hos { $service }.
me-event-session-begun = Et login begyndte.
me-event-session-ended = Et login sluttede.
me-event-session-ended-at = Et login blev afsluttet fra { $service }.
me-event-session-ended-elsewhere = Et login blev afsluttet fra en anden browser.
me-event-sessions-ended = En administrator afsluttede alle dine logins.
me-event-logout = { $service } blev bedt om at logge dig ud.
me-event-terms = Du accepterede vilkårene { $version }.
me-event-other = Andet ({ $kind }).

me-terms-heading = Vilkår for brug
me-terms-version = Udgave { $version }
me-terms-due = Du har endnu ikke accepteret disse vilkår.
me-terms-accept = Jeg accepterer vilkårene
me-terms-none = Der er ingen vilkår.
me-terms-accepted = Det har du accepteret
me-notice-terms-accepted = Du har accepteret vilkårene.
me-notice-terms-changed = Der er kommet nye vilkår, eller du har allerede accepteret dem.

me-block-heading = Spær dit login
me-block-when = Gør det straks, hvis andre kan have fået fat i det, du logger ind med.
me-block-link = Spær mit login
me-block-sessions = Alle dine logins afsluttes med det samme, også dette.
me-block-login = Ingen kan logge ind som dig, heller ikke du selv.
me-block-who = Kun { $support } kan ophæve spærringen, når det er sikkert, at du er dig.
me-block-submit = Spær mit login nu
me-blocked-heading = Dit login er spærret
me-blocked = Alle dine logins er afsluttet. Ingen kan logge ind som dig.
me-blocked-services = Tjenester, du har brugt, kan huske dig lidt endnu.
me-blocked-start = Log ud hos tjenesterne
