# Logging out at services too.
logout-hop-heading = You are being logged out
logout-hop = Next is { $service } ({ $position } of { $of }).
logout-hop-explained = You are already logged out here. Your browser now goes to each service you have used, to log you out there too, and comes back by itself.
logout-skip = Skip { $service }
logout-post = You are now being sent to { $service }.

logout-everywhere-heading = You are logged out
logout-everywhere = You are logged out at { $organisation } and at the services you used with this login.
logout-here-heading = You are not logged out everywhere
logout-here = You are logged out at { $organisation }, but perhaps not at all the services you have used.
logout-advice = Close all windows of the browser. Until then, others who use this computer may be able to use these services in your name.
logout-services-heading = Services
logout-row-done = Logged out
logout-row-failed = Could not log you out
logout-row-no-answer = Did not answer
logout-row-not-reached = Was not reached
logout-row-not-asked = Can’t log you out from here
logout-retry = Try { $service } again

logout-answer-heading = A service’s answer can’t be used
logout-answer-what = The service answered about your logout in a way that we can’t trust. You are logged out here.
logout-answer-next = Go on, so that you are logged out at the other services too. Then close all windows of the browser.
logout-go-on = Finish logging out

logout-unfinished-heading = Your last logout is not finished
logout-unfinished = You may still be logged in to some services.
logout-ended = Your login was ended from elsewhere, by yourself or by an administrator. You may still be logged in to the services you used.
logout-ended-go-on = Log out of the services
