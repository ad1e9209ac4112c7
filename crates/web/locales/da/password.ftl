# Hvad der er galt med en adgangskode, og hvad man gør ved det.
password-too-short = Adgangskoden er for kort. Den skal være på mindst { $minimum } tegn; en sætning på flere ord er let at huske.
password-too-long = Adgangskoden er for lang. Vælg en kortere.
password-repetition = Adgangskoden gentager noget kort. Vælg nogle ord, der ikke har med hinanden at gøre.
password-sequence = Adgangskoden følger tastaturet eller alfabetet. Vælg nogle ord, der ikke har med hinanden at gøre.
password-common = Adgangskoden er en, mange ville vælge. Vælg nogle ord, der ikke har med hinanden at gøre.
password-organisation = Adgangskoden består af ord, der har med organisationen at gøre. Vælg nogle andre ord.
password-personal = Adgangskoden består af dit navn, dit brugernavn eller din adresse. Vælg nogle andre ord.
password-breached = Adgangskoden er kendt fra et læk hos andre. Vælg en anden, og brug den kun her.
password-used-before = Adgangskoden er en, du har eller har haft. Vælg en ny.
