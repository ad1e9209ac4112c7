# Brugerens egen side.
start-heading = Din side
start-who = Du er logget ind som { $name }.
start-level-heading = Dit sikringsniveau
start-level = Dit login har niveauet { $level }.
start-level-nothing = Dit login har ikke noget sikringsniveau.
start-services-heading = Tjenester, du har brugt
start-services-none = Du har ikke brugt nogen tjenester med dette login endnu.
start-service-since = Siden { $when }
start-session-heading = Dit login
start-session-began = Begyndte
start-session-ends = Slutter senest
start-own-pages = Din profil og dine loginmidler
logout = Log ud

logged-out-heading = Du er ikke logget ind
logged-out-body = Denne browser har ikke noget login hos { $organisation }.
logged-out-advice = Er du lige logget ud, kan en tjeneste huske dig lidt endnu. Deler du computer med andre, så luk alle browserens vinduer.
logged-out-again = Log ind

# Tidspunkter, som de læses i Danmark.
date-and-time = { $day }. { $month } { $year } kl. { $hour }.{ $minute }
month-1 = januar
month-2 = februar
month-3 = marts
month-4 = april
month-5 = maj
month-6 = juni
month-7 = juli
month-8 = august
month-9 = september
month-10 = oktober
month-11 = november
month-12 = december
