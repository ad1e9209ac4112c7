# Letters about what happened to somebody's login.
mail-subject = Your login has changed
mail-greeting = Hello
mail-intro = This has happened to the user name { $user_name } at { $organisation }:
mail-bound = A login method was added or replaced: { $kind }
mail-removed = A login method was removed: { $kind }
mail-lost = A login method was reported lost and no longer works: { $kind }
mail-session-ended = You have been logged out on another device or in another browser
mail-recovery-code = { $left ->
    [one] A recovery code was used. There is { $left } left.
   *[other] A recovery code was used. There are { $left } left.
}
mail-recovery-code-few = { $left ->
    [0] Your last recovery code was used. Make new codes.
    [one] A recovery code was used. There is only { $left } left. Make new codes.
   *[other] A recovery code was used. There are only { $left } left. Make new codes.
}
mail-closed = Logging in this way is closed, because there were too many wrong attempts: { $kind }
mail-reopened = Logging in is possible again after too many wrong attempts
mail-password-due = Your password no longer meets the rules for passwords. It works until { $when }.
mail-change-password = Type the address { $address } into your browser yourself, log in, and change the password under your profile.
mail-ended = Your employment is over, and your login is closed
mail-locked = Your login has been blocked
mail-unlocked = Your login is no longer blocked
mail-sessions-ended = You have been logged out everywhere
mail-when = When: { $when }
mail-from = From the network address: { $address }
mail-by-you = By whom: somebody who was logged in as you
mail-by-administration = By whom: your organisation’s administration
mail-by-invitation = By whom: somebody who used your invitation
mail-by-system = By whom: the login system
mail-ours = Was it you, or did you know? Then there is nothing to do.
mail-not-ours = Was it not you? Type the address { $address } into your browser yourself, log in, and block your login under your profile. If you cannot log in, contact { $support } at once.
mail-phone = Telephone: { $phone }
mail-email = E-mail: { $email }
mail-never = We never ask for your password or your codes in an e-mail, and we never send a link to log in with.
