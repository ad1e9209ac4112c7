# The frame around every page.
title = { $heading } – { $service }
title-error = Error: { $heading } – { $service }
skip-link = Skip to content
language-name = English
language-switch = Language
problem-heading = There is a problem
problem-prefix = Error:
next-heading = What can you do?
reference = Reference number
support-heading = Need help?
support-contact = Contact { $name }
support-phone = Phone
support-email = E-mail
accessibility-statement = Accessibility statement
