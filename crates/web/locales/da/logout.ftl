# Log ud også hos tjenesterne.
logout-hop-heading = Du bliver logget ud
logout-hop = Næste er { $service } ({ $position } af { $of }).
logout-hop-explained = Du er allerede logget ud her. Din browser går nu til hver af de tjenester, du har brugt, så du også bliver logget ud dér, og kommer selv tilbage.
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
logout-answer-what = Tjenesten svarede om dit log ud på en måde, som vi ikke kan stole på. Du er logget ud her.
logout-answer-next = Gå videre, så du også bliver logget ud hos de andre tjenester. Luk derefter alle browserens vinduer.
logout-go-on = Gør dit log ud færdigt

logout-unfinished-heading = Dit sidste log ud er ikke færdigt
logout-unfinished = Nogle tjenester har dig måske stadig logget ind.
logout-ended = Dit login er afsluttet et andet sted fra, af dig selv eller af en administrator. De tjenester, du brugte, har dig måske stadig logget ind.
logout-ended-go-on = Log ud hos tjenesterne
