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
