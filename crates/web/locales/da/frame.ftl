# Rammen om alle sider.
title = { $heading } – { $service }
title-error = Fejl: { $heading } – { $service }
skip-link = Gå til indholdet
language-name = Dansk
language-switch = Sprog
problem-heading = Der er et problem
problem-prefix = Fejl:
next-heading = Hvad kan du gøre?
reference = Referencenummer
support-heading = Brug for hjælp?
support-contact = Kontakt { $name }
support-phone = Telefon
support-email = E-mail
accessibility-statement = Tilgængelighedserklæring
