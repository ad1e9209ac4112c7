# What is wrong with a password, and what to do about it.
password-too-short = The password is too short. It must have at least { $minimum } characters; a phrase of several words is easy to remember.
password-too-long = The password is too long. Choose a shorter one.
password-repetition = The password repeats something short. Choose some words that have nothing to do with each other.
password-sequence = The password follows the keyboard or the alphabet. Choose some words that have nothing to do with each other.
password-common = The password is one that many would choose. Choose some words that have nothing to do with each other.
password-organisation = The password is made of words that have to do with the organisation. Choose some other words.
password-personal = The password is made of your name, your user name or your address. Choose some other words.
password-breached = The password is known from a leak elsewhere. Choose another one, and use it only here.
password-used-before = The password is one you have or have had. Choose a new one.
