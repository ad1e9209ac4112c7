# Kodevisere, som brugerne selv registrerer.
device-heading = Ny kodeviser
device-intro = Registrer den kodeviser, du har fået.
device-replaces = Den kodeviser, du har nu, holder op med at virke, når den nye er registreret.
device-serial = Serienummer
device-serial-hint = Det står på bagsiden af kodeviseren.
device-code = Kode
device-code-hint = De cifre, kodeviseren viser nu.
device-next-code = Den næste kode
device-next-code-hint = Vent, til kodeviseren viser en anden kode, og skriv den.
device-submit = Registrer kodeviseren
device-added = Kodeviseren er registreret.
device-incomplete = Skriv serienummeret og begge koder.
device-wrong = Serienummeret og koderne hører ikke sammen, eller kodeviseren kan ikke registreres af dig. Kontrollér nummeret, vent på to nye koder, og prøv igen.
device-too-many = Der har været for mange forsøg, og dette blev ikke undersøgt. Vent op til en time, før du prøver igen, eller bed om hjælp.
