#!/usr/bin/env python3
"""Writes dumps/: item 15. Pages are (zone, text) lists; renderers imitate four tools."""
import json, os, re, textwrap
D=os.path.join(os.path.dirname(os.path.abspath(__file__)),'dumps'); os.makedirs(D,exist_ok=True)
Z=dict(H='headline',B='byline',D='dateline',C='caption',T='body',X='boilerplate')
def parse(s):
    out=[]
    for l in s.strip().split('\n'):
        k,t=l[0],l[2:]
        if k=='M': out+=[('boilerplate',x.strip()) for x in t.split('|')]
        else: out.append((Z[k],t))
    return out
def write(n,lines):
    open(f'{D}/{n}.txt','w').write('\n'.join(t for _,t in lines)+'\n')
    json.dump({'lines':[[z,t] for z,t in lines if t.strip()]},open(f'{D}/{n}.gold.json','w'),ensure_ascii=False,indent=0)
def gettext(p):
    o=[]
    for i,(z,t) in enumerate(p):
        o.append((z,t)); 
        if z!='boilerplate' or i%5==0:o+= [('','')]*(1+i%3)
    return o
def bold(t): return t
def h2t(p):
    o=[];first=True
    for z,t in p:
        if z=='headline': o+=[(z,'# '+t),('','')]
        elif z=='boilerplate' and len(t.split())<5: o.append((z,f'  * [{t}](/{re.sub("[^a-z]+","-",t.lower())})'))
        elif z=='caption': o+=[('',''),('boilerplate','![](/img/w800.jpg)')]+[(z,w) for w in textwrap.wrap('_'+t+'_',78)]+[('','')]
        else: o+=[('','')]+[(z,w) for w in textwrap.wrap(t,78)]+[('','')]
    return o
def lynx(p):
    o=[];refs=[];k=0
    for z,t in p:
        if z=='boilerplate' and len(t.split())<5:
            k+=1;o.append((z,f'     * [{k}]{t}'));refs.append(f'  {k:2d}. https://page.example/{k}')
        elif z=='headline': o+=[('',''),(z,t.center(76).rstrip()),('','')]
        elif z=='caption': o+=[('boilerplate','   [w800.jpg]')]+[(z,'   '+w) for w in textwrap.wrap(t,72)]+[('','')]
        else: o+=[(z,'   '+w) for w in textwrap.wrap(t,72)]+[('','')]
    return o+[('',''),('boilerplate','References'),('','')]+[('boilerplate','   '+r) for r in refs]
def copy(p):
    o=[];run=[]
    for z,t in p:
        if z=='boilerplate' and len(t.split())<3: run.append(t); continue
        if run: o.append(('boilerplate','\t'.join(run) if len(run)<5 else ''.join(run))); run=[]
        o+=[(z,t),('','')]
    if run:o.append(('boilerplate',' '.join(run)))
    return o
ZOO=parse('''M Skip to Article|Home|UK|World|Europe|Business|Money|Markets|Politics|Science|Health|Sport|Football|Rugby|Cricket|Culture|Books|Film|Music|Stage|Travel|Food|Opinion|Letters|Cartoons|Puzzles|Crossword|Podcasts|Video|Weather|Jobs|Shop|Subscribe|Sign in|My account|Search
X We use cookies to improve your visit. Accept all cookies or manage your choices.
H Bridge engineers in Lisbon warned of cracks two years ago | The Tagus Courier
H Bridge engineers in Lisbon warned of cracks two years ago
T A report kept in a drawer said that three piers needed steel collars.
B Teodora Queirós and Magnus Pell@magnuspell
D Published Wed, Nov 20 20194:29 AM WET
X 5 Min Read
M Share|Tweet|Email|Print
C The Ponte Nova at dawn on Tuesday.Credit...Lourenço Vaz
T LISBON — Engineers who inspected the Ponte Nova in 2017 warned the city that three of its piers had cracked, according to a report seen by The Tagus Courier.
T The report, 84 pages long, was handed to the roads office in October of that year. Nobody there read it to the end, said Amélia Sarmento, who ran the office until May.
T “It was put in a drawer,” she said. “I am ashamed of that.”
X Subscribe to the Morning Bridge newsletter
T Three lorries fell into the river when the deck gave way on Monday. Nine people died, among them the driver Jorge Caldas, 41, of Setúbal.
X You may also like...
M Ferry fares to rise|Ten tunnels in pictures
T Prosecutors opened an inquiry on Tuesday and took away eleven boxes of paper. Mayor Henrique Falcão said that he would answer every question.
T What the collars would have cost
T Steel collars for the three piers would have cost 1.4 million euros, the report said. A new bridge is put at 210 million.
T Experts from Porto & Braga will advise the inquiry, which is due to report in March.
X Teodora Queirós writes about cities. She has a cat and a canoe.
X Have a tip? The reporters may be reached at desk@taguscourier.example.
X This story has been shared 44,976 times
M Lisbon|Bridges|Transport
X Comments (3)
X rosa_m 2 hours ago
X I drove over it every day. Somebody must go to prison for this.
X Reply
X pedro77 1 hour ago
X The same thing will happen to the viaduct in Almada, mark my words.
M About us|Contact|Privacy|Terms
X © 2019 The Tagus Courier. All rights reserved.''')
P03=parse('''M FRONT PAGE|LOCAL NEWS|OBITUARIES|SPORTS|CLASSIFIEDS|COMICS|WEATHER|ARCHIVES|E-MAIL US
H Tornado takes roof off Kearney school
B By DWAYNE PRUITT
B Platte Valley Sentinel
D May 6, 2003
T KEARNEY, Neb. — A tornado tore the roof off Harlan Elementary School here Monday evening, an hour after the last of the children had gone home.
C A desk hangs from a cottonwood behind the school. (Sentinel photo/Lorna Beech)
C A desk hangs from a cottonwood behind the school. (Sentinel photo/Lorna Beech)
T Principal Glenda Ostrowski said a janitor, Earl Whitcomb, hid in the boiler room and was not hurt.
T "I heard the train everybody talks about," Whitcomb said. "Then I saw the sky."
T The storm crossed the Platte River at 5:40 p.m. and knocked down 60 power poles, the Dawson Power District said. About 1,200 homes were dark at midnight.
T Classes will be held at the fairgrounds from Thursday, Ostrowski said.
X The Associated Prairie Press contributed to this report.
M E-mail this story|Printer-friendly version|Back to top
X Copyright 2003 Platte Valley Sentinel. This site is best viewed at 800 x 600.''')
DIV=parse('''M HI NOW|News|Weather|Traffic|Watch Live|Sports|Community|Contests|Closings|Log In|Sign Up
X Advertisement
H Taro farmers in Hilo win back their water
D Updated Nov 19, 6:55 AM;Posted Nov 19, 6:51 AM
B By
B Leilani Kahoano
C Taro grower Keoni Palea stands in his field.
T HILO, Hawaii (Island News Desk) - Taro farmers won back a stream on Monday after a judge told a plantation to open its gates within ten days.
T Judge Ruth Imamura said that Waimoku Land Co. had taken more than its share since 1988 and had known it.
T Keoni Palea, who grows taro on four acres, wept in the courtroom. His grandfather had filed the first complaint.
X Also on HI NOW: Surfer rescued off Kona
T The company said that it would appeal. Its lawyer, Bartholomew Finch, called the ruling a blow to every well on the island.
X Like this story? Share it with a friend!
X Follow HI NOW on Instagram, Facebook and Snapstream.
X Copyright 2021 HI NOW. All rights reserved.
X Most Read
M Lava nears road|Mango season starts|Bus strike ends|Shark warning lifted''')
half={}
def add(n,lines,h): write(n,lines); half[n]=h
for nm,p,h in(('zoo',ZOO,'choose'),('page2003',P03,'report'),('divs',DIV,'choose')):
    for mn,f in(('gettext',gettext),('html2text',h2t),('lynx',lynx),('copy',copy)): add(f'{nm}-{mn}',f(p),h)
OTHER=[('nairobi',gettext,'''M Home|Counties|Politics|Business|Opinion|Sports|Life|E-paper|Videos
H Tea pickers in Kericho down baskets over machine
B By Wanjiku Ruto-Mbeki, The Rift Standard
D Tuesday, February 11, 2020
T Tea pickers in Kericho county stopped work on Monday in protest at forty machines that the Chebut estate has bought from Japan.
T Union leader Barnabas Kiplimo said each machine did the work of sixty people. “We do not hate iron,” he said. “We hate hunger.”
X ALSO READ: Maize price falls again in Eldoret
T The estate said that nobody would be sent away before July and that it would train 200 drivers.
X More:
M Farming|Kericho|Labour
X Get breaking news on your mobile phone. SMS NEWS to 00000.'''),
('detroit',lynx,'''M Subscribe Now|News|Autos|Sports|Business|Opinion|Obituaries|E-Edition|Archives
H Axle maker to close Hamtramck plant
B Tom Vandersloot, Ap Auto Writer
D November 19, 2019, 9:02 AM
T HAMTRAMCK, Mich. (AP) — Great Lakes Axle will close its plant here in June and move 640 jobs to Ohio, the company said Tuesday.
T Shop chairwoman Doretha Gaines said workers heard of it from a text message sent during the night shift.
T Shares of the company rose 4 percent.
X ___
X Associated Press writers Hal Winfrey, Rosa Tamm and Lew Adair contributed to this report.
X SOURCE: Great Lakes Axle
M Terms of Use|Privacy|Site Map|Contact Us|Help'''),
('leeds',copy,'''M Home|News|Sport|Weather|iPlay|Sounds|Bitesize|More
H Leeds tram plan gets third minister and third map
D 3 hours ago
B By Harriet Oldroyd
X BBX News, Leeds
C Image caption The new map has a loop round the hospital
T A tram network for Leeds has been redrawn for the third time in four years after the transport minister moved it 600 metres to the east.
T Councillor Imran Hussain-Webb said the city had “run out of felt-tip pens”.
T The first line, to Headingley, was meant to open in 2029. It will now be 2034.
X Listen to Newsround live at 12:45 and 17:45 every weekday.
X Follow Newsround on Instagram, Facebook and Snapstream.
M Related Topics|Leeds|Trams|Transport'''),
('losangeles',gettext,'''M Sections|California|Entertainment|Sports|Food|Climate|Opinion|Place an Ad
M Subscribe|Log In
H Studio lets 300 animators go by postcard - Pacific Ledger
H Studio lets 300 animators go by postcard
B By Meg JansenStaff Writer
D Oct. 3, 2018 12:15 PM PT
C The gate of Silver Owl Pictures in Burbank.(Abel Fuentes / Pacific Ledger)
T Three hundred animators at Silver Owl Pictures learned on Tuesday that they had lost their jobs from a postcard with a smiling owl on it.
T Layout artist Winifred Tso pinned hers to the door of the chief executive, Dale Rosencrantz.
T The studio said that the cards were printed for another purpose. It did not say which.
X The Ledger is committed to publishing a diversity of letters.
X Newsletter
X Screen Gab
X Enter email address
X Meg Jansen covers studios for the Pacific Ledger. She grew up in Fresno.'''),
('mumbai',h2t,'''M India|World|Cities|Cricket|Bollywood|Tech|Education|Astrology|Photos
H Dabbawalas of Pune try electric scooters
B Reuters, Washington,
D updated: Nov 20 2019, 15:24pm ist
T Lunch carriers in Pune have begun to swap bicycles for electric scooters, and the oldest of them will have none of it.
T Ganpat Shelkar, 71, said a bicycle had never asked him for a plug.
T The scooters, made by Vidyut Motors of Nashik, run 80 km on one charge.
M Next Story|Top Comment|Trending Topics|Download App'''),
('buffalo',lynx,'''M Home|Latest|Bills Beat|Sabres|Weather|Closings|Contests|Jobs
H Snow buries Buffalo suburb to the eaves
B By Troy L. Schmid, Lakefront.com
D NOVEMBER 20, 2014 10:43
T BUFFALO, N.Y. — Six feet of snow fell on Lackawanna in a day and a half, and Mayor Pete Krolczyk told people to stay in bed if they could.
T Nurse Yolanda Brice walked eleven miles to her shift.
T More snow was due by Friday night, forecaster Ted Ames said.
M Share this|Tweet this|Email this|Comment'''),
('sydney',copy,'''M Skip to main content|News|Sport|Business|Lifestyle|Real Estate|Motoring|Login
H Dingo steals wedding cake in Broken Hill
B Natasha Tyrrell@NatashaTyrrell
D August 14, 2016 — 9.10am
C A dingo eating a tier of cakeCredit: Getty - Contributor
T A dingo walked into a wedding tent in Broken Hill on Saturday and left with the top tier of the cake, guests said.
T Bride Shona McAllister said the animal “was better dressed than my uncle”.
T Rangers did not look for it.
X Up next
M Emu stops train|Wombat finds gold|Camel in the pub'''),
('madrid',gettext,'''M Edition|Español|English|Home|Spain|Economy|Opinion|Culture
H Madrid to plant half a million oaks
B Associated Prairie Press November 3, 2021, 8:00 AM
T MADRID — The city of Madrid will plant half a million oaks in a ring of 75 kilometres, councillor Borja Santacruz said on Wednesday.
T Botanist Pilar Urrutia warned that young oaks need water that the city does not have.
T The first 4,000 will go into the ground at Vallecas in December.
X More information
M A park without benches|Heat map of the city|Who owns the shade?
M Cookies policy|Legal notice|RSS|Print edition'''),
('connecticut',h2t,'''M Home|Towns|Police Reports|Sports|Living|Obituaries|Jobs|Homes
H Mystic drawbridge stuck for a second day
B Bill Cummiskey and Ana Reyes, Sound Shore Post
D Published 6:12 pm EST, Friday, January 17, 2014
C Boats wait south of the drawbridge in Mystic.
C Boats wait south of the drawbridge in Mystic.
C Boats wait south of the drawbridge in Mystic.
C Boats wait south of the drawbridge in Mystic.
T The drawbridge in Mystic stayed up for a second day on Friday, and the town split in two halves that had little to say to each other.
T Tender Gus Pappas blamed a bolt the size of a thumb.
T A diver will look at the gears on Saturday morning.
X Most Popular
M Diner closes|Owl in chimney|Taxes due'''),
('moscow',copy,'''M News|Shows|Business|Op-ed|Live|Where to watch|Applications
H Bear rides ferris wheel in Omsk, stays seated
D 9 Jun, 2017 14:02
M Get short URL|Follow Signal on Telegraph
C A still from the video. © Ruptly-not / Anton Gorelov
T A young bear sat through four turns of a ferris wheel in Omsk on Friday before the operator, Zinaida Pankratova, noticed it.
T Zoo director Lev Abakumov said that it had paid nothing and broken nothing.
X Also on signal.example Moose takes tram to the end of the line
T The wheel was shut for an hour.
X You can share this story on social media:'''),
('washington',lynx,'''M Politics|Opinions|Investigations|Tech|World|D.C., Md. & Va.|Sports|Obituaries
H Senate clerk retires after 51 years of roll calls
B Detroit Mirror wire services
D Dec. 22, 1998
T WASHINGTON (AP) — Agnes Lindholm, who read the roll in the Senate through nine presidents, read it for the last time on Tuesday.
T Senators stood and clapped for four minutes. She told them they were late.
T Ms. Lindholm will move to Duluth, Minn., where her sister keeps bees.
B (Reporting by Carl Voss; Editing by June Abbott)
M Back to Politics|Archives|Feedback'''),
('newyork',gettext,'''M Skip to content|Skip to site index|Log in|Today’s Paper|Arts|Books|Style|Food|Travel|Magazine
H Last typewriter shop in Queens sells its last ribbon
B Reporting from Queens
B Isadora Kepler
D March 2, 2023
T NEW YORK (Reuters) - The last typewriter shop in Queens sold its last ribbon on Thursday to a poet who owed it 40 dollars.
T Owner Mordechai Blum, 88, let the debt go.
T “Sad.”
T The shop on Roosevelt Avenue had been open since 1951. A maker of bubble tea takes over in May.
X A version of this article appears in print on , Section B, Page 3 of the city edition
X Order Reprints | Today’s Paper | Subscribe
M Site Index|Site Information Navigation|Accessibility|Your Ad Choices''')]
for i,(n,f,s) in enumerate(OTHER): add('dump-'+n,f(parse(s)),'report' if i%2 else 'choose')
EX=['''H Mill in Tampere saved by knitters
B By Aino Rautavaara
D 12 April 2009
T TAMPERE, Finland — Four hundred knitters have bought the wool mill of Tampere for one euro each and a promise.
T Foreman Jussi Lehtola said he had never seen so many needles in a boardroom.
X Sign up for our weekly letter from the north''',
'''H Flood gates close in Hull
D Updated at 07:14 GMT
T The flood gates on the Humber closed on Friday for the first time since 2013, engineer Dilip Farrow said.
C The gates seen from Paull. Photograph: Kit Marlowe-Dean
T High water was due at nine. Schools in Hessle stayed shut.
X Read more: How the gates work
T Nobody was hurt.''',
'''T HARARE, Zimbabwe (Southern Cross News) — Teachers went back to their desks on Monday after a strike of six weeks.
T Minister Tendekai Moyo-Shaw thanked them on the radio.
T Pay will rise by 12 percent in May.
X Additional reporting by Rudo Chikanga in Bulawayo''',
'''H Choir of Cork sings in lift for nine hours
B Fergal Dunlea, Lee Valley Echo
T A choir of fourteen was stuck in a lift in Cork for nine hours on Sunday and sang through the whole of its Christmas programme.
T Soprano Niamh Twomey said the basses took up too much air.
X Tags: Cork, lifts, choirs''',
'''H Quebec village votes to keep its wolf
D Jan. 8, 1987
T SAINT-ELZÉAR, Quebec — The village voted 212 to 40 to keep a wolf that sleeps behind the church.
T Father Odilon Gagnon said that it came to no harm and to no Mass.
X ___
X Follow the Laurentian Press on Chirper: @laurentianpress''',
'''H Chile opens desert telescope to schools
B By Catalina Riquelme
T Schools in Antofagasta may use the telescope on Cerro Pardo for an hour a month from June, the observatory said.
T Director Werner Stahl said that children ask the better questions.
X This article was first published in Andes Science.
X © 2015 Andes Science. All rights reserved.''',
'''H Rice thieves leave receipt in Hue
T Thieves who took two tonnes of rice from a store in Hue left a receipt, police captain Dang Van Loc said on Tuesday.
T It was signed and dated. The sum was right.
X You may also like...
X Monk repairs ferry engine''',
'''H Oslo cabbies race reindeer, lose
D Published: 1 February 2011
C The start at Frogner. Photo: Siv Aune
T Three taxis lost a race to one reindeer in the snow at Frogner on Tuesday.
T Driver Faisal Nordby said that the reindeer had no fares to think of.
X Have a tip? Write to tips@fjordpost.example''',
'''H Manila jeepneys get a museum
B Story by Corazon Dimayuga
B Photos by Jun Abella
T Eleven jeepneys, one of them from 1946, moved into a museum in Quezon City on Saturday.
T The oldest still starts, said curator Benedicto Luz.
T It was driven in by the widow of its first owner.
X Support local news. Become a member today.''',
'''H Poles find bell under car park
D GDAŃSK, May 9
T Workers found a bell of 1603 under a car park in Gdańsk on Thursday, the city archaeologist, Halina Wrzos, said.
T It weighs 900 kilos and is cracked.
T “It rang when the digger hit it,” said the driver, Olek Baran.
X Subscribe to the Baltic Brief newsletter
X About the author: Tymon Sikora writes on cities for the Baltic Brief.''']
for i,s in enumerate(EX):
    o=[]
    for x in parse(s): o+=[x,('','')]
    add(f'extract-{i+1:02d}',o,'report' if i%2 else 'choose')
json.dump({h:sorted(n for n in half if half[n]==h) for h in('choose','report')},open(f'{D}/halves.json','w'),indent=0)
