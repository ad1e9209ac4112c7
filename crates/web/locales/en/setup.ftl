# The first administrator.
setup-heading = Create the first administrator
setup-intro = This page can be used only once. You will need an authenticator app, for example on your phone.
setup-you-heading = Who are you?
setup-full-name = Full name
setup-password-heading = Choose a password
setup-password-hint = At least { $minimum } characters. A phrase of several words is easy to remember and hard to guess.
setup-repeat = Repeat the password
setup-app-heading = Add your authenticator app
setup-app = Choose to add an account in the app and type this key. If the app is on this device, you can use the link.
setup-key = Key
setup-link = Open in the authenticator app
setup-code-hint = The 6 digits that the app now shows.
setup-submit = Create administrator

setup-no-full-name = Enter your full name
setup-no-user-name = Enter a user name
setup-bad-user-name = The user name must not contain spaces and can have at most { $maximum } characters
setup-taken-user-name = The user name is taken. Choose another one.
setup-no-password = Enter a password
setup-short-password = The password is too short. It must have at least { $minimum } characters.
setup-long-password = The password is too long. It can have at most { $maximum } characters.
setup-passwords-differ = The two passwords differ. Enter the same one in both places.
setup-no-code = Enter the code from the app
setup-wrong-code = The code is wrong or has expired. Enter the code the app shows now.

setup-done-heading = The administrator has been created
setup-done = You can now log in with the user name { $user_name }. The link you used no longer works.
setup-done-login = Log in

setup-link-invalid-heading = The link does not work
setup-link-invalid = The link has been used, has expired or is misspelt.
setup-link-invalid-next = Ask whoever runs the server for a new link.
