# Hvad der skete, og hvad man kan gøre. Hver fejl har en overskrift, en forklaring og et næste skridt.
error-request-not-understood-heading = Tjenestens besked kan ikke læses
error-request-not-understood-what = Tjenesten sendte en besked, som vi ikke kan læse. Du er ikke blevet logget ind.
error-request-not-understood-next = Gå tilbage til tjenesten, og prøv igen. Hjælper det ikke, så kontakt support og oplys referencenummeret.

error-request-unsigned-heading = Vi ved ikke, hvem der spørger
error-request-unsigned-what = Beskeden fra tjenesten mangler en gyldig underskrift. Derfor svarer vi ikke på den, og du er ikke blevet logget ind.
error-request-unsigned-next = Gå tilbage til tjenesten, og prøv igen. Hjælper det ikke, så kontakt support og oplys referencenummeret.

error-request-expired-heading = Linket til login er for gammelt
error-request-expired-what = Et link til login virker kun i kort tid. Måske er det gemt som bogmærke, eller siden har stået åben længe.
error-request-expired-next = Åbn den tjeneste, du vil bruge, og log ind derfra. Gem tjenestens egen side som bogmærke i stedet for login-siden.

error-request-replayed-heading = Linket til login er allerede brugt
error-request-replayed-what = Et link til login virker kun én gang. Måske er siden genindlæst, eller du er gået tilbage i browseren.
error-request-replayed-next = Åbn den tjeneste, du vil bruge, og log ind derfra.

error-unknown-service-provider-heading = Tjenesten er ikke tilsluttet
error-unknown-service-provider-what = Tjenesten, du kommer fra, er ikke tilsluttet dette login.
error-unknown-service-provider-next = Tjek, at du har den rigtige adresse til tjenesten. Skal du bruge den i dit arbejde, så kontakt support og oplys referencenummeret.

error-service-provider-disabled-heading = Tjenesten er lukket for login
error-service-provider-disabled-what = Tjenesten, du kommer fra, er for tiden lukket for login herfra.
error-service-provider-disabled-next = Prøv igen senere. Skal du bruge tjenesten nu, så kontakt support og oplys referencenummeret.

error-unknown-network-heading = Tjenesten kan ikke bruges herfra
error-unknown-network-what = Tjenesten kan kun bruges fra organisationens egne netværk, og du kommer fra et andet.
error-unknown-network-next = Prøv igen fra arbejdspladsens netværk eller med organisationens VPN. Bruger du det allerede, så kontakt support og oplys referencenummeret.

error-wrong-address-heading = Tjenestens svaradresse er forkert
error-wrong-address-what = Tjenesten bad os sende dit login til en adresse, som ikke er registreret. For din sikkerheds skyld har vi ikke sendt noget.
error-wrong-address-next = Kontakt support, og oplys referencenummeret.

error-logout-refused-heading = Du er ikke blevet logget ud
error-logout-refused-what = En tjeneste bad os logge dig ud, men beskeden er ikke til at stole på, er for gammel eller er brugt før. Vi har ikke gjort noget.
error-logout-refused-next = Gå til forsiden for dette login, og log ud dér. Hjælper det ikke, så luk alle browserens vinduer.

error-not-found-heading = Siden findes ikke
error-not-found-what = Adressen er måske skrevet forkert, eller siden er flyttet.
error-not-found-next = Tjek adressen. Vil du logge ind på en tjeneste, så åbn tjenesten og log ind derfra.

error-method-not-allowed-heading = Siden kan ikke bruges på den måde
error-method-not-allowed-what = Browseren bad om noget, som denne side ikke kan.
error-method-not-allowed-next = Åbn den tjeneste, du vil bruge, og log ind derfra.

error-too-large-heading = Beskeden er for stor
error-too-large-what = Der blev sendt mere, end vi tager imod.
error-too-large-next = Gå tilbage til tjenesten, og prøv igen. Hjælper det ikke, så kontakt support og oplys referencenummeret.

error-too-many-requests-heading = For mange forespørgsler
error-too-many-requests-what = Der er kommet for mange forespørgsler fra dit netværk på kort tid.
error-too-many-requests-next = Vent et minut, og prøv igen.

error-internal-heading = Der gik noget galt hos os
error-internal-what = Fejlen er vores, og den er skrevet ned. Det, du var i gang med, er måske ikke gennemført.
error-internal-next = Prøv igen om lidt. Hjælper det ikke, så kontakt support og oplys referencenummeret.

error-unavailable-heading = Ingen kan logge ind lige nu
error-unavailable-what = Vi kan ikke gemme det, vi skal gemme om et login. Derfor kan ingen logge ind, før det er løst.
error-unavailable-next = Prøv igen om nogle minutter. Varer det ved, så kontakt support og oplys referencenummeret.

error-wrong-host-heading = Adressen er ikke vores
error-wrong-host-what = Siden blev åbnet på en adresse, som dette login ikke svarer på.
error-wrong-host-next = Åbn den tjeneste, du vil bruge, og log ind derfra. Hjælper det ikke, så kontakt support og oplys referencenummeret.

error-cookies-missing-heading = Browseren gemmer ikke cookies
error-cookies-missing-what = Login virker kun, hvis browseren må gemme en cookie, så længe du logger ind. Vi bruger den ikke til andet.
error-cookies-missing-next = Tillad cookies for denne side. Bruger du et privat vindue, så luk det. Begynd derefter forfra hos den tjeneste, du vil bruge.

error-form-expired-heading = Siden har været åben for længe
error-form-expired-what = Det, du sendte, hører ikke til den side, du er på nu. Vi har ikke brugt det til noget.
error-form-expired-next = Gå tilbage, genindlæs siden, og prøv igen. Hjælper det ikke, så begynd forfra hos den tjeneste, du vil bruge.
