# What a login stops for: terms of use, and a password that has to be changed.
terms-why = To continue to { $service }, you have to accept these terms of use.
terms-why-again = The terms of use have changed since you last accepted them. To continue to { $service }, you have to accept these.
terms-changed = New terms have just come into force. Read these instead.
terms-decline = I do not accept them
terms-declined-heading = You have not accepted the terms
terms-declined = Until you do, you cannot continue to { $service }. Nothing else happens: your login is not closed, and you are asked again the next time you log in.
terms-read-again = Read the terms again and accept them
terms-ask = Contact { $support } if there is something in the terms that you do not understand or cannot accept.
password-due-change = Change the password now
password-due-then = When you have changed it, you log in with the new password and continue to { $service }.
