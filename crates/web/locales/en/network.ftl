# The network password as the password here.
network-heading = Use your network password
network-intro = The password you use on your work computer can also be your password here. Then you have one less to remember.
network-then = It is checked in the network now and kept here from then on. If you change it in the network later, the password here stays as it is until you come back to this page.
network-password = Network password
network-hint = It must have at least { $minimum } characters and meet the rules for passwords here.
network-submit = Use my network password
network-use = Use my network password instead
network-choose-other = Choose a new password instead
network-wrong = The network did not accept the password. Enter the one you use on your work computer.
network-unavailable = The network can’t be asked right now, so nothing has been changed. Try again in a while, or choose a new password.
network-too-many = There have been too many attempts. Wait a while and try again, or choose a new password.
network-adopted = Your network password is now your password here. Your other logins have been ended. Use it the next time you log in.
