# Den første administrator.
setup-heading = Opret den første administrator
setup-intro = Siden kan kun bruges én gang. Du får brug for en kodeapp, fx på din telefon.
setup-you-heading = Hvem er du?
setup-full-name = Fulde navn
setup-password-heading = Vælg en adgangskode
setup-password-hint = Mindst { $minimum } tegn. En sætning på flere ord er let at huske og svær at gætte.
setup-repeat = Gentag adgangskoden
setup-app-heading = Tilføj din kodeapp
setup-app = Vælg at tilføje en konto i kodeappen, og skriv denne nøgle. Er appen på denne enhed, kan du bruge linket.
setup-key = Nøgle
setup-link = Åbn i kodeappen
setup-code-hint = De 6 cifre, kodeappen nu viser.
setup-submit = Opret administrator

setup-no-full-name = Skriv dit fulde navn
setup-no-user-name = Skriv et brugernavn
setup-bad-user-name = Brugernavnet må ikke indeholde mellemrum og må højst være på { $maximum } tegn
setup-taken-user-name = Brugernavnet er optaget. Vælg et andet.
setup-no-password = Skriv en adgangskode
setup-short-password = Adgangskoden er for kort. Den skal være på mindst { $minimum } tegn.
setup-long-password = Adgangskoden er for lang. Den må højst være på { $maximum } tegn.
setup-passwords-differ = De to adgangskoder er ikke ens. Skriv den samme begge steder.
setup-no-code = Skriv koden fra kodeappen
setup-wrong-code = Koden er forkert eller udløbet. Skriv den kode, kodeappen viser nu.

setup-done-heading = Administratoren er oprettet
setup-done = Du kan nu logge ind med brugernavnet { $user_name }. Linket, du brugte, virker ikke mere.
setup-done-login = Log ind

setup-link-invalid-heading = Linket virker ikke
setup-link-invalid = Linket er brugt, udløbet eller skrevet forkert.
setup-link-invalid-next = Bed den, der driver serveren, om et nyt link.
