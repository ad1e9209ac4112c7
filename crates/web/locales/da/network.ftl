# Netværksadgangskoden som adgangskode her.
network-heading = Brug adgangskoden fra netværket
network-intro = Den adgangskode, du bruger på din arbejdscomputer, kan også være din adgangskode her. Så har du én mindre at huske.
network-then = Den bliver kontrolleret i netværket nu og gemt her derefter. Skifter du den senere i netværket, er adgangskoden her den samme, indtil du kommer tilbage til denne side.
network-password = Netværksadgangskode
network-hint = Den skal have mindst { $minimum } tegn og opfylde reglerne for adgangskoder her.
network-submit = Brug min netværksadgangskode
network-use = Brug min netværksadgangskode i stedet
network-choose-other = Vælg en ny adgangskode i stedet
network-wrong = Netværket godkendte ikke adgangskoden. Skriv den, du bruger på din arbejdscomputer.
network-unavailable = Netværket kan ikke spørges lige nu, så intet er ændret. Prøv igen om lidt, eller vælg en ny adgangskode.
network-too-many = Der har været for mange forsøg. Vent lidt, og prøv igen, eller vælg en ny adgangskode.
network-adopted = Din netværksadgangskode er nu din adgangskode her. Dine andre logins er afsluttet. Brug den, næste gang du logger ind.
