# Det, et login standser for: vilkår for brug, og en adgangskode, der skal ændres.
terms-why = For at fortsætte til { $service } skal du acceptere disse vilkår for brug.
terms-why-again = Vilkårene for brug er ændret, siden du sidst accepterede dem. For at fortsætte til { $service } skal du acceptere disse.
terms-changed = Der er netop kommet nye vilkår. Læs disse i stedet.
terms-decline = Jeg accepterer dem ikke
terms-declined-heading = Du har ikke accepteret vilkårene
terms-declined = Før du gør det, kan du ikke fortsætte til { $service }. Der sker ikke andet: dit login er ikke lukket, og du bliver spurgt igen, næste gang du logger ind.
terms-read-again = Læs vilkårene igen, og accepter dem
terms-ask = Kontakt { $support }, hvis der er noget i vilkårene, du ikke forstår eller ikke kan acceptere.
password-due-change = Skift adgangskoden nu
password-due-then = Når du har skiftet den, logger du ind med den nye adgangskode og fortsætter til { $service }.
