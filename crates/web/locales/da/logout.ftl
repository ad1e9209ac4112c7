# Log ud også hos tjenesterne.
logout-hop-heading = Du bliver logget ud
logout-hop = Næste er { $service } ({ $position } af { $of }).
logout-hop-explained = Du er allerede logget ud her. Din browser besøger nu hver af de tjenester, du har brugt, så du også bliver logget ud dér, og vender selv tilbage.
logout-skip = Spring { $service } over
logout-post = Du sendes nu til { $service }.

logout-everywhere-heading = Du er logget ud
logout-everywhere = Du er logget ud hos { $organisation } og hos de tjenester, du brugte med dette login.
logout-here-heading = Du er ikke logget ud alle steder
logout-here = Du er logget ud hos { $organisation }, men måske ikke hos alle de tjenester, du har brugt.
logout-advice = Luk alle browserens vinduer. Indtil da kan andre, der bruger computeren, måske bruge tjenesterne i dit navn.
logout-services-heading = Tjenester
logout-row-done = Logget ud
logout-row-failed = Kunne ikke logge dig ud
logout-row-no-answer = Svarede ikke
logout-row-not-reached = Blev ikke nået
logout-row-not-asked = Kan ikke logge dig ud herfra
logout-retry = Prøv { $service } igen

logout-answer-heading = Et svar fra en tjeneste kan ikke bruges
logout-answer-what = Tjenestens svar på, om du er logget ud, er ikke til at stole på. Du er logget ud her.
logout-answer-next = Gå videre, så du også bliver logget ud af de andre tjenester. Luk derefter alle browserens vinduer.
logout-go-on = Log helt ud

logout-unfinished-heading = Du blev ikke logget helt ud
logout-unfinished = Du er måske stadig logget ind på nogle tjenester.
logout-ended = Dit login er afsluttet et andet sted fra, af dig selv eller af en administrator. Du er måske stadig logget ind på de tjenester, du brugte.
logout-ended-go-on = Log ud af tjenesterne
