# Sikringsniveauer (NSIS), og hvorfor et login er det værd, det er.
level-low = Lav
level-substantial = Betydelig
level-high = Høj

kind-password = adgangskode
kind-network-password = netværksadgangskode
kind-totp = kodeapp
kind-totp-device = kodeviser
kind-security-key = sikkerhedsnøgle
kind-passkey = adgangsnøgle
kind-attested-passkey = adgangsnøgle (attesteret)
kind-synced-passkey = adgangsnøgle (synkroniseret)
kind-recovery-code = engangskode på papir

reason-proofed = Din identitet er kontrolleret på niveauet { $level }.
reason-not-permitted = Ingen har besluttet, at du må have et sikringsniveau.
reason-robot = Dette er en robots login. Det kan aldrig få et sikringsniveau.
reason-not-proofed = Din identitet er ikke kontrolleret, eller kontrollen gælder ikke længere.
reason-employed = Din tilknytning til organisationen er bekræftet på niveauet { $level }.
reason-used = Din { $kind } er registreret på niveauet { $level }.
reason-unvouched = Din { $kind } er ikke registreret på noget niveau, fordi det ikke er kontrolleret, hvem der fik den.
reason-also-used = Din { $kind } er også brugt, men har ingen betydning for niveauet.
reason-network-password = Netværkets adgangskode giver ikke noget niveau, fordi den kan ændres uden for denne løsning.
reason-too-old = Din { $kind } er brugt for længe siden eller gælder ikke længere.
reason-combined = Dine loginmidler kan tilsammen højst give niveauet { $level }.
reason-combined-nothing = Dine loginmidler giver ikke noget niveau.
reason-scheme = Organisationens login er anmeldt på niveauet { $level }.
reason-scheme-nothing = Organisationens login er ikke anmeldt på noget niveau.
reason-broker = Forbindelsen fra organisationen til tjenesterne er anmeldt på niveauet { $level }.
reason-broker-nothing = Forbindelsen fra organisationen til tjenesterne er ikke anmeldt på noget niveau.
