# The person's own page.
start-heading = Your page
start-who = You are logged in as { $name }.
start-level-heading = Your assurance level
start-level = Your login has the level { $level }.
start-level-nothing = Your login has no assurance level.
start-services-heading = Services you have used
start-services-none = You have not used any services with this login yet.
start-service-since = Since { $when }
start-session-heading = Your login
start-session-began = Began
start-session-ends = Ends no later than
start-own-pages = Your profile and login methods
logout = Log out

logged-out-heading = You are not logged in
logged-out-body = This browser has no login at { $organisation }.
logged-out-advice = If you have just logged out, a service may remember you a little longer. If you share this computer, close all windows of the browser.
logged-out-again = Log in

# Points in time, as they are read in Denmark.
date-and-time = { $day } { $month } { $year } at { $hour }:{ $minute }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
