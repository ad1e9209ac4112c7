# MitID Erhverv.
office-sync = MitID Erhverv
office-sync-heading = MitID Erhverv
office-sync-not-connected = MitID Erhverv er ikke tilsluttet. Det sker i konfigurationen, under [mitid_erhverv].
office-sync-not-there = Personen er ikke knyttet til nogen i MitID Erhverv.
office-sync-never = Aldrig
office-sync-mode = Hvad der gøres
office-sync-waiting = Venter
office-sync-waiting-since = { $count ->
    [one] én person, siden { $since }
   *[other] { $count } personer, den første siden { $since }
}
office-sync-nothing-waits = Intet venter.
office-sync-read = Sidst læst
office-sync-unread = Kunne ikke læses
office-sync-certificate = Certifikatet gælder til
office-sync-uuid = Identitetens UUID
office-sync-state = Tilstand dér
office-sync-name-id = Logger ind som
office-sync-plan-link = Se, hvad der er planlagt
office-sync-plan-heading = Hvad der er planlagt i MitID Erhverv
office-sync-plan-intro = For hver bruger: hvad der bliver gjort, i den rækkefølge, og hvad et menneske skal se på. Planen bygger på, hvad der sidst blev læst.
office-sync-plan-none = Der er intet at gøre og intet at se på her.
office-sync-back = Tilbage til MitID Erhverv
office-sync-person-heading = { $name } i MitID Erhverv
office-sync-next = Hvad der bliver gjort
office-sync-in-log = Alt, hvad der blev sagt til MitID Erhverv om personen, står i revisionsloggen.
office-sync-held = { $count ->
    [one] Én af { $of } vil miste sit login i MitID Erhverv
   *[other] { $count } af { $of } vil miste deres login i MitID Erhverv
}
office-sync-held-why = Det er så mange på ét døgn, at nogen skal se på det først. Alt andet går videre, og her logger ingen af dem ind imens. Er det rigtigt, så lad det ske; ellers ret fejlen i kilden.
office-sync-more = { $count ->
    [one] og én til
   *[other] og { $count } til
}
office-sync-change = Hvad skal der gøres?
office-sync-approve = Lad dem miste deres login
office-sync-pause = Gør intet, heller ikke suspenderinger
office-sync-live = Gør, hvad der er planlagt
office-sync-dry-run = Læs og planlæg kun
office-sync-troubles = Hvad der ikke lykkedes
office-sync-no-troubles = Intet er mislykkedes og venter.
office-sync-said = Hvad der blev svaret
office-said-sync-mode-set = Det gælder fra nu af.
office-said-sync-approved = De mister deres login i MitID Erhverv inden for et døgn.
sync-mode-dry-run = Der læses og planlægges. Intet bliver sagt til MitID Erhverv.
sync-mode-live = Ændringer her bliver sagt til MitID Erhverv inden for sekunder.
sync-mode-paused = Intet, heller ikke suspenderinger.
sync-mode-another-form = Der læses og planlægges kun: organisationens form er en anden end da det blev sat i drift. Læs planen, og sæt det så i drift igen.
sync-step-look = Se efter, hvordan det står til
sync-step-suspend = Suspendér identiteten
sync-step-delete = Slet identiteten
sync-step-forget = Glem identiteten, som ikke findes mere
sync-step-adopt = Overtag identiteten, som er den samme persons
sync-step-create = Opret identiteten
sync-step-describe-draft = Beskriv den importerede identitet
sync-step-order-activation = Bestil aktivering af den importerede identitet
sync-step-take-right = Fratag rollen { $role } i { $scope }
sync-step-revoke-private-mitid = Fratag brugen af privat MitID
sync-step-change-profile = Sig på ny, hvem det er, og hvad vi står inde for
sync-step-change-email = Ret e-mailadressen
sync-step-set-local-name = Sæt det navn, som identiteten logger ind med her
sync-step-reactivate = Genaktivér identiteten
sync-step-allow-private-mitid = Tillad brugen af privat MitID
sync-step-allow-signing = Tillad underskrift
sync-step-forbid-signing = Tillad ikke underskrift mere
sync-step-give-right = Giv rollen { $role } i { $scope }
sync-found-suspended = Identiteten er suspenderet i MitID Erhverv og bliver ved med at være det. Ophæv det dér, eller spær personen her.
sync-found-reactivated = Identiteten blev genaktiveret i MitID Erhverv, selv om den ikke må bruges. Den suspenderes igen.
sync-found-deleted = Identiteten blev slettet i MitID Erhverv og bliver ikke oprettet igen. Frigør brugeren (portner sync untie), hvis den skal.
sync-found-not-listed = Identiteten står ikke på nogen liste i MitID Erhverv. Intet gøres, før det er klart.
sync-found-unclear = Det er ikke klart, om identiteten blev oprettet. MitID Erhverv læses igen.
sync-found-renamed = Identiteten har et andet navn i MitID Erhverv, end der blev sagt herfra.
sync-found-email = Identiteten har en anden e-mailadresse i MitID Erhverv, end der blev sagt herfra.
sync-found-cpr = Identiteten har et andet CPR-nummer i MitID Erhverv end her.
sync-found-local-name = Identiteten logger ind under et andet navn i MitID Erhverv end her, og kan derfor ikke. Ret det dér.
sync-found-private-mitid = Privat MitID blev tilladt eller frataget i MitID Erhverv.
sync-found-signing = Om identiteten må underskrive, blev ændret i MitID Erhverv.
sync-found-right-given = Rollen { $role } i { $scope } blev givet i MitID Erhverv og røres ikke.
sync-found-right-taken = Rollen { $role } i { $scope } blev frataget i MitID Erhverv og gives ikke igen.
sync-found-no-role = Rollen { $role } i { $scope } findes ikke i MitID Erhvervs katalog og røres ikke.
sync-found-no-place = Rollen { $role } gives ikke i { $scope }: MitID Erhverv kender ikke nummeret som organisationens. Ret rettigheden her, eller nummeret dér.
sync-found-pseudonym = Om identiteten er pseudonym, afgøres, når den oprettes, og kan ikke ændres.
sync-found-unknown-state = Identiteten er i en tilstand, som Portner ikke kender: { $what }
sync-found-not-in-this-state = Det kan ikke gøres i den tilstand, som identiteten er i: { $what }
sync-found-name-taken = En anden i MitID Erhverv har navnet: { $what }
sync-found-candidates = En af disse kan være personen. Vælg med portner sync tie: { $what }
sync-found-lacks = Det mangler her: { $what }
sync-lack-given-name = fornavn
sync-lack-surname = efternavn
sync-lack-email = e-mailadresse
sync-lack-cpr = CPR-nummer
sync-lack-own-cpr = et CPR-nummer, som er personens eget og ikke et erstatningsnummer
sync-lack-name-id = et brugernavn, der kan bruges dér
sync-state-draft = importeret og ikke taget i brug
sync-state-pending = oprettet og ikke brugt endnu
sync-state-active = i brug
sync-state-suspended = suspenderet
sync-state-gone = findes ikke mere
sync-trouble-unreachable = MitID Erhverv kan ikke nås. Der prøves igen; se på netværket og adressen, hvis det varer ved.
sync-trouble-theirs = MitID Erhverv svarede ikke, som det skal. Der prøves igen af sig selv.
sync-trouble-not-admitted = MitID Erhverv lukkede os ikke ind. Se på certifikatet: gælder det, og har det adgang til IdM-tjenesterne?
sync-trouble-overtaken = Nogen ændrede den samme identitet samtidig. Der prøves igen af sig selv.
sync-trouble-refused = MitID Erhverv afviste det. Læs svaret, ret oplysningen her eller dér, og det prøves igen.
