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
