# Engangskoder på papir.
recovery-heading = Engangskoder på papir
recovery-intro = Med en engangskode kan du logge ind, hvis du ikke har din telefon eller kodeviser. Hver kode virker én gang.
recovery-left = { $left ->
    [0] Du har ingen koder tilbage.
    [one] Du har { $left } kode tilbage.
   *[other] Du har { $left } koder tilbage.
}
recovery-none = Du har ikke lavet nogen koder endnu.
recovery-worth = En engangskode giver sammen med adgangskoden højst niveauet Lav. Tjenester, der kræver mere, kræver din kodeapp eller kodeviser.
recovery-make = Lav 10 nye koder
recovery-replaces = Koder, du har fra før, virker så ikke mere.
recovery-made-heading = Dine engangskoder
recovery-made-intro = Koderne vises kun nu. Udskriv siden, eller skriv dem af.
recovery-once = Hver kode virker én gang. Stryg den, når den er brugt.
recovery-keep = Gem papiret et sikkert sted, ikke sammen med din telefon og ikke som et billede på den.
recovery-old = Koder, du havde før, virker ikke mere.
recovery-kept = Jeg har gemt koderne
