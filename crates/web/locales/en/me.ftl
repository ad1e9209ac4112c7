# The person's own pages.
me-pages = Your pages
me-profile = Profile
me-authenticators = Login methods
me-sessions = Logins
me-log = Events
me-terms = Terms
me-start = Where am I logged in?

me-profile-heading = Your profile
me-profile-intro = This is what others see about you when you log in.
me-profile-wrong = If anything is wrong, contact { $support }.
me-name = Name
me-organisation = Organisation
me-could-reach = With what you have you can reach the level { $level } when a service asks for it.
me-to-reach = What is missing for { $level }?
me-what-to-do = You can add a login method yourself under Login methods. The rest you do together with { $support }.

me-notice-lost-first = You have reported a login method lost. Use a recovery code, or contact support, before you can change anything.
me-notice-last-of-its-level = It cannot be removed, because your level rests on it. Add another login method at the same level first.
me-notice-not-yours = You cannot change this here. It belongs to another system.

me-authenticators-heading = Your login methods
me-authenticators-intro = These are what you can log in with. The level says how certain we are that it is yours.
me-what = Type
me-level = Level
me-level-none = No level
me-since = Since
me-used = Last used
me-used-unknown = Unknown
me-replace = Replace
me-rename = Rename
me-lost = Report lost
me-remove = Remove
me-back = Back without changing anything
me-add-heading = Add a login method
me-add-totp = Authenticator app
me-add-password = Password
me-new-level = It will be registered at the level { $level }, because that is what your login is worth now.
me-new-level-none = It will not be registered at any level, because your login has none now.

me-rename-heading = Rename your { $kind }
me-rename-label = Name
me-rename-hint = Something you know it by. Only you see it here.
me-rename-submit = Save the name
me-notice-renamed = The name has been changed.
me-notice-bad-name = Enter a name of at most { $maximum } characters

me-remove-heading = Remove your { $kind }?
me-remove-what = You will no longer be able to log in with it. This cannot be undone, but you can add a new one.
me-remove-submit = Remove
me-notice-removed = The login method has been removed.

me-lost-heading = Have you lost your { $kind }?
me-lost-what = It stops working at once, and your logins in other browsers are ended.
me-lost-next = To get a new one you need another login method or a recovery code. If you have none, contact { $support }.
me-lost-submit = Report lost
me-lost-list = Reported lost
me-notice-reported = The login method no longer works, and your other logins have been ended.

me-totp-heading = New authenticator app
me-totp-intro = Open the authenticator app on your phone, choose to add an account, and point the camera at the picture.
me-totp-replaces = The authenticator app you have now stops working when the new one has been added.
me-totp-care = Never share codes or the key with anybody. Nobody who helps you needs them. If you lose the phone, report it here at once.
me-totp-picture = QR code with the key that is also written below
me-totp-key = If you cannot use the picture, type this key into the app.
me-totp-time = The key is valid for { $minutes } minutes.
me-totp-submit = Add authenticator app
me-notice-totp-added = The authenticator app has been added.
me-notice-secret-gone = The key is no longer valid. Begin again with the one shown now.

me-password-heading = New password
me-password-intro = When you change your password, your logins in other browsers are ended.
me-password-new = New password
me-password-submit = Change password
me-notice-password-changed = The password has been changed. Your other logins have been ended. Use the new one the next time you log in.
me-notice-at-the-same-time = You are changing something else at the moment. Try again shortly.

me-sessions-heading = Where you are logged in
me-sessions-intro = If you do not recognise one of them, end it and change your password.
me-session-this = This browser
me-address = Network address
me-session-services = Services
me-session-end = End
me-sessions-end-others = End all others
me-sessions-services = Services that a login was used for may remember it a little longer.
me-device = { $browser } on { $system }
me-device-unknown = Unknown browser
me-notice-session-ended = The login has been ended.
me-notice-sessions-ended = All other logins have been ended.
me-notice-session-gone = That login was over already.

me-log-heading = Events
me-log-intro = This is what has happened to your login, newest first. The very newest may be missing for a moment.
me-log-empty = There is nothing here yet.
me-log-from = from { $address }
me-log-newest = Newest
me-log-older = Older
me-log-strange = If there is anything you do not recognise, contact { $support }.

me-event-service = a service
me-event-registered = You were registered.
me-event-locked = Your login was blocked.
me-event-unlocked = The block was lifted.
me-event-bound = Your { $kind } was added. Level: { $level }.
me-event-accepted = You used your { $kind }.
me-event-refused = An attempt with your { $kind } was refused.
me-event-renamed = You renamed your { $kind }.
me-event-removed = Your { $kind } was removed.
me-event-lost = Your { $kind } was reported lost.
me-event-role = You were given a role.
me-event-groups = Your groups were changed.
me-event-rights = Your rights were changed.
me-event-named = { $service } was given a name for you.
me-event-denied = You were not given access to { $service }.
me-event-not-logged-in = A login at { $service } came to nothing.
me-event-issued = You were logged in at { $service }.
me-event-session-begun = A login began.
me-event-session-ended = A login ended.
me-event-session-ended-at = A login was ended from { $service }.
me-event-session-ended-elsewhere = A login was ended from another browser.
me-event-sessions-ended = An administrator ended all your logins.
me-event-logout = { $service } was asked to log you out.
me-event-terms = You accepted the terms { $version }.
me-event-other = Other ({ $kind }).

me-terms-heading = Terms of use
me-terms-version = Version { $version }
me-terms-due = You have not accepted these terms yet.
me-terms-accept = I accept the terms
me-terms-none = There are no terms.
me-terms-accepted = What you have accepted
me-notice-terms-accepted = You have accepted the terms.
me-notice-terms-changed = There are new terms, or you have accepted them already.

me-block-heading = Block your login
me-block-when = Do this at once if somebody else may have got hold of what you log in with.
me-block-link = Block my login
me-block-sessions = All your logins are ended at once, this one too.
me-block-login = Nobody can log in as you, not even you.
me-block-who = Only { $support } can lift the block, once it is certain that you are you.
me-block-submit = Block my login now
me-blocked-heading = Your login is blocked
me-blocked = All your logins have been ended. Nobody can log in as you.
me-blocked-services = Services you have used may remember you a little longer.
me-blocked-start = Log out at the services
