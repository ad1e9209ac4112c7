# Engangskoder på papir.
recovery-heading = Engangskoder på papir
recovery-intro = Med en engangskode fra papiret kan du logge ind, hvis du ikke har din telefon eller kodeviser. Hver kode virker én gang.
recovery-left = { $left ->
    [0] Du har ingen koder tilbage.
    [one] Du har { $left } kode tilbage.
   *[other] Du har { $left } koder tilbage.
}
recovery-none = Du har ikke lavet nogen koder endnu.
recovery-worth = Sammen med adgangskoden giver en engangskode fra papiret højst niveauet Lav. Tjenester, der kræver mere, kræver din kodeapp, din kodeviser eller en nøgle.
recovery-make = Lav 10 nye koder
recovery-replaces = De koder, du har nu, holder op med at virke.
recovery-made-heading = Dine engangskoder på papir
recovery-made-intro = Koderne vises kun nu. Udskriv siden, eller skriv dem af.
recovery-once = Hver kode virker én gang. Stryg den, når den er brugt.
recovery-keep = Gem papiret et sikkert sted, ikke sammen med din telefon og ikke som et billede på den.
recovery-old = Koder, du havde før, virker ikke mere.
recovery-kept = Jeg har gemt koderne
