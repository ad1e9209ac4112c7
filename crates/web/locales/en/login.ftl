# User name and password.
login-heading = Log in
login-heading-for = Log in to { $service }
login-intro = Use your user name and password at { $organisation }.
user-name = User name
password = Password
login-submit = Log in
login-cancel = Cancel
login-cancel-to = Cancel and return to { $service }
login-wrong = The user name or the password is wrong. Try again.
login-no-user-name = Enter your user name
login-no-password = Enter your password
login-busy = Many people are logging in right now. Wait a moment and try again.
login-directory-unavailable = Network passwords can’t be checked right now. If that is what you use, the attempt does not count as wrong: try again in a while, or contact the support named at the bottom of this page. If you use another password, it or the user name is wrong.
login-network-password-expired = Your network password has expired or must be changed. Change it on your work computer and try again.
login-network-account-unusable = Your network account can’t be used at the moment. Contact the support named at the bottom of this page.
too-many-attempts = { $minutes ->
    [0] There have been too many attempts. Wait a moment and try again.
    [one] There have been too many attempts. Wait { $minutes } minute and try again.
   *[other] There have been too many attempts. Wait { $minutes } minutes and try again.
}
closed-by-guessing = There have been so many wrong attempts that this way to log in is closed. Log in another way, or contact support to have it opened.
login-must-change = The password can no longer be used until it is changed. { $why } Log in another way and change it, or contact support.

# The one-time code.
code-heading = Confirm with a code
code-who = You are logging in as { $name }.
code-why = { $service } requires the assurance level { $level }. That is why you also need a code.
code-why-here = This page requires the assurance level { $level }. That is why you also need a code.
code-label = One-time code
code-hint = The 6 digits that your authenticator app shows for { $organisation }.
code-submit = Confirm
code-lost-heading = Don’t have your authenticator app?
code-lost = If you have lost or replaced your phone, contact { $support } at once. They will block your old app and help you get a new one.
code-wrong = The code is wrong or has expired. Enter the code your app shows now.
code-already-used = The code has already been used. Wait until your app shows a new code and enter that one.
code-empty = Enter the code from your authenticator app
code-paper-label = Recovery code from your paper
code-paper-submit = Use the recovery code

# Several user names, one person.
identity-choose-heading = Choose who you log in as
identity-choose-heading-for = Choose who you log in to { $service } as
identity-choose-intro = You have several user names. If you choose another one than you have just used, log in with what belongs to it.
identity-log-in-as = Log in as { $user }
identity-place = Department
identity-not-to-be-chosen = You cannot choose that user name, or it can no longer be used. Choose one of those shown here.
identity-others-heading = Do you have another user name?
identity-others = You have several user names, and another one may reach the level. Log in with what belongs to it.
