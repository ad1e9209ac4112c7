# Mellem login og tjenesten.
post-success-heading = Du er logget ind
post-success = Du sendes nu videre til { $service }.
post-failure-heading = Login blev ikke gennemført
post-failure = Du sendes nu tilbage til { $service }.
post-by-hand = Sker der ikke noget, så vælg knappen herunder.
continue-to = Fortsæt til { $service }
return-to = Gå tilbage til { $service }

cannot-heading = Du kan ikke logge ind på { $service }
cannot-required = { $service } kræver sikringsniveauet { $level }.
cannot-reached = Du kan højst nå niveauet { $level }.
cannot-reached-nothing = Du kan ikke nå noget sikringsniveau.
cannot-why-heading = Hvorfor?
cannot-next = Har du brug for { $service } i dit arbejde, så kontakt { $support } og oplys referencenummeret.

finished-heading = Dette login er afsluttet
finished-body = Du ser denne side, fordi du er gået tilbage i browseren eller har genindlæst siden. Fortsæt hos den tjeneste, du vil bruge.
finished-start = Gå til din side

expired-heading = Dit login er udløbet
expired-body = Der gik for lang tid, eller siden blev åbnet fra et gammelt link. Du er ikke blevet logget ind.
expired-next = Åbn den tjeneste, du vil bruge, og log ind derfra.
expired-next-at = Begynd forfra hos { $service }.
start-again-at = Begynd forfra hos { $service }
start-again = Begynd forfra
