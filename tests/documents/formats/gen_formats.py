#!/usr/bin/env python3
"""Writes formats/: item 14, each file with its gold. Deterministic, stdlib only."""
import json, os, html, quopri
from email.header import Header
D=os.path.join(os.path.dirname(os.path.abspath(__file__)),'formats'); os.makedirs(D,exist_ok=True)
def put(n,s):
    open(os.path.join(D,n),'wb').write(s if isinstance(s,bytes) else s.encode())
def rec(title,byline,dateline,pub,mod,lang,body,captions=(),boiler=(),topics=(),url=None,id=None):
    return dict(title=title,byline=byline,dateline=dateline,published=pub,modified=mod,language=lang,body='\n\n'.join(body),captions=list(captions),boilerplate=list(boiler),topics_given=[dict(code=c,label=l) for c,l in topics],url=url,id=id)
def gold(n,*r): put(n+'.gold.json',json.dumps({'records':list(r)},ensure_ascii=False,indent=1)+'\n')
E=lambda s:html.escape(s,quote=False)
A=dict(t='Ferry runs aground off Corunna with 212 aboard',by=['Inés Carballal'],dl='A CORUÑA, Spain',
 b=['The ferry Santa Brígida ran aground on a sandbank off A Coruña late on Saturday, and all 212 people on board were brought ashore by dawn, the coast guard said.',
 'Captain Anselmo Reboredo, 54, told the harbour board that the steering had failed in a swell of four metres. “We had no rudder & no time,” he said.',
 'Rescue boats of Costas Seguras & Sons took off the passengers in groups of twelve. Four people were treated for cold at the Hospital San Roque.',
 'The ferry, built in 1991, is used on the line to Ferrol. The regional transport agency said that it would inspect the hull on Monday.'],
 cap='The Santa Brígida off A Coruña on Sunday. Photo: Uxía Lamas',tail='Atlantic Wire staff in Ferrol contributed to this report.')
B=dict(t='Voters in Aarhus reject harbour tunnel',by=['Signe Holmgaard-Lund','Peter Obiero'],dl='AARHUS, Denmark',
 b=['Voters in Aarhus rejected a plan for a tunnel under the harbour on Tuesday, with 57 per cent against and 43 in favour, the election board said.',
 'Mayor Rikke Thygelund, who had staked her second term on the plan, conceded shortly before midnight and said that the council would “not dig by the back door”.',
 'The tunnel would have cost 9.2 billion kroner. Opponents led by the retired engineer Viggo Staalhøj had argued that a bridge was half as dear.',
 'Turnout was 61 per cent, the highest in a local vote since 1998. A new plan is due in the spring.'],
 cap='Rikke Thygelund at the town hall in Aarhus on Tuesday night.',tail='Editing by Nora Quill')
def nitf(s,ident,norm,subj,media=True,decl=True):
    subs=''.join(f'<tobject.subject tobject.subject.refnum="{c}" tobject.subject.type="{l}"/>' for c,l in subj)
    ps=[f'<p>{E(p)}</p>' for p in s['b']]
    if media: ps.insert(1,f'<media media-type="image"><media-reference mime-type="image/jpeg" source="{ident}-1.jpg" width="800" height="533"/><media-caption>{E(s["cap"])}</media-caption></media>')
    by=''.join(f'<byline>By <person>{E(x)}</person><byttl>Staff correspondent</byttl></byline>' for x in s['by'])
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' if decl else '')+f'''<nitf{'' if decl else ' xmlns="http://iptc.org/std/NITF/2006-10-18/"'} version="-//IPTC//DTD NITF 3.6//EN">
 <head>
  <title>{E(s['t'])}</title>
  <tobject tobject.type="news">{subs}</tobject>
  <docdata><doc-id regsrc="atlanticwire.example" id-string="{ident}"/><urgency ed-urg="4"/><date.issue norm="{norm}"/><doc.copyright year="2023" holder="Atlantic Wire"/></docdata>
 </head>
 <body>
  <body.head>
   <hedline><hl1>{E(s['t'])}</hl1></hedline>
   {by}
   <dateline><location>{E(s['dl'])}</location><story.date norm="{norm[:8]}">Oct. 8</story.date></dateline>
  </body.head>
  <body.content>
   {chr(10).join(ps)}
  </body.content>
  <body.end><tagline>{E(s['tail'])}</tagline></body.end>
 </body>
</nitf>
'''
put('story.nitf.xml',nitf(A,'AW-20231008-0117','20231008T023403Z',[('03000000','disaster and accident'),('03010000','transport accident')]))
gold('story.nitf.xml',rec(A['t'],A['by'],A['dl'],'2023-10-08T02:34:03Z',None,None,A['b'],[A['cap']],[A['tail']],[('03000000','disaster and accident'),('03010000','transport accident')],None,'AW-20231008-0117'))
def g2(s,guid,inner,ctype,subj):
    subs=''.join(f'<subject type="cpnat:abstract" qcode="{c}"><name xml:lang="en">{l}</name></subject>' for c,l in subj)
    return f'''<?xml version="1.0" encoding="UTF-8"?>
<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="{guid}" version="3" standard="NewsML-G2" standardversion="2.29" conformance="power" xml:lang="en-GB">
 <catalogRef href="http://www.iptc.org/std/catalog/catalog.IPTC-G2-Standards_38.xml"/>
 <rightsInfo><copyrightHolder literal="Nordlys Press"/><usageTerms>Not for resale.</usageTerms></rightsInfo>
 <itemMeta>
  <itemClass qcode="ninat:text"/><provider literal="Nordlys Press"/>
  <versionCreated>2022-11-16T00:41:00+01:00</versionCreated>
  <firstCreated>2022-11-15T23:52:00+01:00</firstCreated>
  <pubStatus qcode="stat:usable"/>
 </itemMeta>
 <contentMeta>
  <contentCreated>2022-11-15T23:52:00+01:00</contentCreated>
  <creator type="cpnat:person"><name>{E(s['by'][0])}</name></creator>
  <language tag="en-GB"/>
  {subs}
  <headline>{E(s['t'])}</headline>
  <dateline>{E(s['dl'])}</dateline>
  <by>By {' and '.join(map(E,s['by']))}</by>
 </contentMeta>
 <contentSet>
  <inlineXML contenttype="{ctype}">{inner}</inlineXML>
  <remoteContent rendition="rnd:highRes" href="picture-1.jpg" contenttype="image/jpeg"/>
 </contentSet>
</newsItem>
'''
MT=[('medtop:11000000','politics and government'),('medtop:20000574','election')]
put('story-nitf.newsml-g2.xml',g2(B,'urn:newsml:nordlys.example:20221115:tunnel-nitf',nitf(B,'NP-88','20221115T235200+0100',[('11003000','election')],decl=False),'application/nitf+xml',MT))
gb=rec(B['t'],B['by'],B['dl'],'2022-11-15T23:52:00+01:00','2022-11-16T00:41:00+01:00','en-GB',B['b'],[B['cap']],[B['tail']],MT,None,'urn:newsml:nordlys.example:20221115:tunnel-nitf')
gb['topics_given'].append({'code':'11003000','label':'election'}); gold('story-nitf.newsml-g2.xml',gb)
xh='<html xmlns="http://www.w3.org/1999/xhtml"><head><title>'+E(B['t'])+'</title></head><body>'+f'<figure><img src="p.jpg" alt="ballots"/><figcaption>{E(B["cap"])}</figcaption></figure>'+''.join('<p>'+E(p).replace('Viggo Staalhøj','<b>Viggo</b> Staalhøj')+'</p>' for p in B['b'])+'</body></html>'
put('story-xhtml.newsml-g2.xml',g2(B,'urn:newsml:nordlys.example:20221115:tunnel',xh,'application/xhtml+xml',MT))
gold('story-xhtml.newsml-g2.xml',rec(B['t'],B['by'],B['dl'],'2022-11-15T23:52:00+01:00','2022-11-16T00:41:00+01:00','en-GB',B['b'],[B['cap']],[],MT,None,'urn:newsml:nordlys.example:20221115:tunnel'))
# NewsML 1.2, two languages
EN=dict(t='Bakers of Graz end strike',by='Leopold Zirnstein',dl='GRAZ, March 4',b=['Bakers in Graz went back to work on Thursday after the guild agreed to raise wages by 3.5 percent.','Hedwig Moosbrugger, who speaks for the journeymen, said that the night shift would be shortened by an hour. Some 900 bakers had stopped work on Monday.','The mills of Steirische Kornwerke had run out of room for flour.'])
DE=dict(t='Bäcker in Graz beenden Streik',by='Leopold Zirnstein',dl='GRAZ, 4. März',b=['Die Bäcker in Graz haben am Donnerstag die Arbeit wieder aufgenommen, nachdem die Innung 3,5 Prozent mehr Lohn zugesagt hatte.','Hedwig Moosbrugger, die für die Gesellen spricht, sagte, die Nachtschicht werde um eine Stunde kürzer. Rund 900 Bäcker hatten seit Montag gestreikt.','Den Mühlen der Steirischen Kornwerke war der Platz für das Mehl ausgegangen.'])
def comp(s,l): return f'''<NewsComponent xml:lang="{l}"><Role FormalName="Main"/>
   <NewsLines><HeadLine>{s['t']}</HeadLine><ByLine>{s['by']}</ByLine><DateLine>{s['dl']}</DateLine><CopyrightLine>Copyright 2004 Alpenkurier</CopyrightLine></NewsLines>
   <DescriptiveMetadata><Language FormalName="{l}"/><SubjectCode><Subject FormalName="09000000"/></SubjectCode></DescriptiveMetadata>
   <ContentItem><MediaType FormalName="Text"/><Format FormalName="XHTML"/><DataContent><html xmlns="http://www.w3.org/1999/xhtml"><head><title>{s['t']}</title></head><body>{''.join('<p>'+p+'</p>' for p in s['b'])}</body></html></DataContent></ContentItem></NewsComponent>'''
PI='urn:newsml:alpenkurier.example:20040304:baecker:2U'
put('story.newsml12.xml',f'''<?xml version="1.0" encoding="UTF-8"?>
<NewsML Version="1.2">
 <Catalog Href="http://www.iptc.org/std/catalog/catalog.IPTC.xml"/>
 <NewsEnvelope><DateAndTime>20040304T171500+0100</DateAndTime><NewsService FormalName="AK-Basis"/><Priority FormalName="4"/></NewsEnvelope>
 <NewsItem>
  <Identification><NewsIdentifier><ProviderId>alpenkurier.example</ProviderId><DateId>20040304</DateId><NewsItemId>baecker</NewsItemId><RevisionId PreviousRevision="1" Update="U">2</RevisionId><PublicIdentifier>{PI}</PublicIdentifier></NewsIdentifier></Identification>
  <NewsManagement><NewsItemType FormalName="News"/><FirstCreated>20040304T160200+0100</FirstCreated><ThisRevisionCreated>20040304T171000+0100</ThisRevisionCreated><Status FormalName="Usable"/></NewsManagement>
  <NewsComponent EquivalentsList="no">
  {comp(EN,'en')}
  {comp(DE,'de')}
  <NewsComponent><Role FormalName="Supporting"/><ContentItem Href="oven.jpg"><MediaType FormalName="Photo"/><Format FormalName="JPEG Baseline"/></ContentItem></NewsComponent>
  </NewsComponent>
 </NewsItem>
</NewsML>
''')
gold('story.newsml12.xml',*[rec(s['t'],[s['by']],s['dl'],'2004-03-04T16:02:00+01:00','2004-03-04T17:10:00+01:00',l,s['b'],[],['Copyright 2004 Alpenkurier'],[('09000000',None)],None,PI) for s,l in((EN,'en'),(DE,'de'))])
# ninjs
P=lambda s:''.join(f'<p>{E(p)}</p>' for p in s['b'])
J=lambda n,o:put(n,json.dumps(o,ensure_ascii=False,indent=1)+'\n')
def nin(v,s,uri,kind):
    if v=='1.6':
        o={'uri':uri,'type':'text','version':'2','versioncreated':'2023-10-08T02:34:03Z','pubstatus':'usable','language':'en','headline':s['t'],'byline':' and '.join(s['by']),'located':s['dl'],'copyrightholder':'Atlantic Wire','subject':[{'code':'medtop:03000000','name':'disaster, accident and emergency incident','scheme':'http://cv.iptc.org/newscodes/mediatopic/'}]}
        if 'text' in kind:o['body_text']='\n\n'.join(s['b'])
        if 'html' in kind:o['body_xhtml']=P(s)
        if 'nitf' in kind:o['body_nitf']=nitf(s,'AW-1','20231008T023403Z',[],media=False,decl=False)
        return o
    c=v=='3.1'; k=(lambda x:x) if c else str.lower
    o={'uri':uri,'standard':{'name':'ninjs','version':v,'schema':f'https://www.iptc.org/std/ninjs/ninjs-schema_{v}.json'},'type':'text',k('firstCreated'):'2023-10-08T02:34:03Z',k('versionCreated'):'2023-10-08T06:10:00Z',k('pubStatus'):'usable','language':'en','headlines':[{'role':'short','value':'Ferry aground'},{'role':'main','value':s['t']}],('by' if c else 'byline'):' and '.join(s['by']),'located':s['dl'],'bodies':[],'subjects':[{'name':'disaster, accident and emergency incident','uri':'http://cv.iptc.org/newscodes/mediatopic/03000000'}]}
    ct=k('contentType')
    if 'html' in kind:o['bodies'].append({'role':'main',ct:'text/html','value':P(s)})
    if 'nitf' in kind:o['bodies'].append({'role':'main',ct:'application/nitf+xml','value':nitf(s,'AW-1','20231008T023403Z',[],media=False,decl=False)})
    if 'text' in kind:o['bodies'].append({'role':'main',ct:'text/plain','value':'\n\n'.join(s['b'])})
    return o
for v in('1.6','2.1','3.1'):
    for kind in('html','nitf','text+html'):
        n=f'ninjs-{v}-{kind.replace("+","-")}.json'; uri=f'http://atlanticwire.example/items/{v}/{kind.replace("+","-")}'
        J(n,nin(v,A,uri,kind))
        one=v=='1.6'
        gold(n,rec(A['t'],A['by'],A['dl'],'2023-10-08T02:34:03Z',None if one else '2023-10-08T06:10:00Z','en',A['b'],[],[A['tail']] if kind=='nitf' else [],[('medtop:03000000' if one else 'http://cv.iptc.org/newscodes/mediatopic/03000000','disaster, accident and emergency incident')],None,uri))
# feeds
C=dict(t='Leck’s “night bus” & the last fare',by=['Okko Bremerlein'],b=['The night bus of Leck carried its last passenger on Sunday, a nurse named Wiebke Paulsdotter.','The council of North Frisia had voted in June to end the line, which lost 40,000 euros a year.'])
rss=f'''<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Frisian Lantern</title><link>https://lantern.example/</link><description>News from the coast</description><language>en-gb</language>
<item><title>{E(A['t'])}</title><link>https://lantern.example/ferry</link><guid isPermaLink="false">lantern-1</guid><pubDate>Sun, 08 Oct 2023 04:34:03 +0200</pubDate><dc:creator>{A['by'][0]}</dc:creator><category>Shipping</category><description>A short summary that is not the story.</description><content:encoded><![CDATA[{P(A)}]]></content:encoded></item>
<item><title>{E(E(C['t']))}</title><link>https://lantern.example/bus</link><guid isPermaLink="true">https://lantern.example/bus</guid><pubDate>Mon, 02 Jul 2012 09:00:00 GMT</pubDate><author>okko@lantern.example (Okko Bremerlein)</author><category domain="https://lantern.example/tags">Transport</category><description>{E(E(P(C)))}</description></item>
<item><title>Storm warning for Sylt</title><link>https://lantern.example/storm</link><guid isPermaLink="false">lantern-3</guid><pubDate>Tue, 05 Dec 2006 18:30:00 EST</pubDate><description>Gusts of 110 km/h are expected on Sylt by Wednesday, forecaster Frauke Jepsen-Ohm said.</description></item>
</channel></rss>
'''
put('feed.rss',rss)
gold('feed.rss',rec(A['t'],A['by'],None,'2023-10-08T04:34:03+02:00',None,'en-gb',A['b'],topics=[('Shipping',None)],url='https://lantern.example/ferry',id='lantern-1'),
 rec(C['t'],C['by'],None,'2012-07-02T09:00:00Z',None,'en-gb',C['b'],topics=[('Transport',None)],url='https://lantern.example/bus',id='https://lantern.example/bus'),
 rec('Storm warning for Sylt',[],None,'2006-12-05T18:30:00-05:00',None,'en-gb',['Gusts of 110 km/h are expected on Sylt by Wednesday, forecaster Frauke Jepsen-Ohm said.'],url='https://lantern.example/storm',id='lantern-3'))
put('feed-1.0.rdf',f'''<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://morningtide.example/rss"><title>Morning Tide</title><link>https://morningtide.example/</link><description>Ports and people</description><dc:language>en</dc:language><items><rdf:Seq><rdf:li rdf:resource="https://morningtide.example/a1"/></rdf:Seq></items></channel>
<item rdf:about="https://morningtide.example/a1"><title>{E(B['t'])}</title><link>https://morningtide.example/a1</link><description>{E(P(B))}</description><dc:creator>{B['by'][0]}</dc:creator><dc:date>2022-11-15T23:52:00+01:00</dc:date><dc:subject>Politics</dc:subject></item>
</rdf:RDF>
''')
gold('feed-1.0.rdf',rec(B['t'],B['by'][:1],None,'2022-11-15T23:52:00+01:00',None,'en',B['b'],topics=[('Politics',None)],url='https://morningtide.example/a1',id='https://morningtide.example/a1'))
put('feed.atom',f'''<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Harbour Notes</title><id>tag:harbournotes.example,2011:feed</id><updated>2023-10-08T07:00:00Z</updated><link href="https://harbournotes.example/"/>
<entry><title>{E(A['t'])}</title><id>tag:harbournotes.example,2023:1</id><link rel="alternate" href="https://harbournotes.example/1"/><published>2023-10-08T02:34:03Z</published><updated>2023-10-08T07:00:00Z</updated><author><name>{A['by'][0]}</name></author><category term="disaster" label="Disaster"/><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{P(A)}</div></content></entry>
<entry><title type="html">{E(E(C['t']))}</title><id>tag:harbournotes.example,2012:2</id><link rel="alternate" href="https://harbournotes.example/2"/><published>2012-07-02T09:00:00Z</published><updated>2012-07-02T09:00:00Z</updated><author><name>{C['by'][0]}</name></author><summary>Not the story.</summary><content type="html">{E(P(C))}</content></entry>
<entry><title>Fog shuts Ostend port</title><id>tag:harbournotes.example,2011:3</id><link href="https://harbournotes.example/3"/><updated>2011-01-09T05:00:00Z</updated><author><name>Bavo Derycke</name></author><summary>Fog shut the port of Ostend for nine hours on Sunday, pilot Griet Vanhaelst said.</summary></entry>
</feed>
''')
gold('feed.atom',rec(A['t'],A['by'],None,'2023-10-08T02:34:03Z','2023-10-08T07:00:00Z','en',A['b'],topics=[('disaster','Disaster')],url='https://harbournotes.example/1',id='tag:harbournotes.example,2023:1'),
 rec(C['t'],C['by'],None,'2012-07-02T09:00:00Z','2012-07-02T09:00:00Z','en',C['b'],url='https://harbournotes.example/2',id='tag:harbournotes.example,2012:2'),
 rec('Fog shuts Ostend port',['Bavo Derycke'],None,None,'2011-01-09T05:00:00Z','en',['Fog shut the port of Ostend for nine hours on Sunday, pilot Griet Vanhaelst said.'],url='https://harbournotes.example/3',id='tag:harbournotes.example,2011:3'))
J('feed.json',{'version':'https://jsonfeed.org/version/1.1','title':'Quay Street Record','language':'en','items':[
 {'id':'q1','url':'https://quay.example/q1','title':B['t'],'content_html':P(B),'date_published':'2022-11-15T23:52:00+01:00','date_modified':'2022-11-16T08:00:00+01:00','authors':[{'name':x} for x in B['by']],'tags':['elections']},
 {'id':'q2','url':'https://quay.example/q2','title':'Galway rowers win','content_text':'Rowers from Galway won the Shannon eights on Saturday.\n\n5 < 6 & that is the margin, said cox Dervla Ó Maoláin.','date_published':'2019-05-11T16:00:00Z'}]})
gold('feed.json',rec(B['t'],B['by'],None,'2022-11-15T23:52:00+01:00','2022-11-16T08:00:00+01:00','en',B['b'],topics=[('elections',None)],url='https://quay.example/q1',id='q1'),
 rec('Galway rowers win',[],None,'2019-05-11T16:00:00Z',None,'en',['Rowers from Galway won the Shannon eights on Saturday.','5 < 6 & that is the margin, said cox Dervla Ó Maoláin.'],url='https://quay.example/q2',id='q2'))
# mail
qp=lambda s:quopri.encodestring(s.encode()).decode()
subj='Ferry off A Coruña: what we know'
def flow(ps):
    import textwrap
    return '\n\n'.join(' \n'.join(textwrap.wrap(p,66)) for p in ps)+'\n'
body=flow(['Dear desk, here is what we know from A Coruña.']+A['b'])+'\nOn Sat, 7 Oct 2023, Desk wrote:\n> Can you file by six?\n> Mila Grantly\n\n-- \nInés Carballal\nAtlantic Wire\n'
put('letter.eml',f'''From: =?utf-8?q?In=C3=A9s_Carballal?= <ines@atlanticwire.example>
To: desk@atlanticwire.example
Date: Sun, 08 Oct 2023 04:50:00 +0200
Subject: {Header(subj,'utf-8',maxlinelen=60).encode()}
Message-ID: <20231008.1@atlanticwire.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="=_b1"

Preamble that is not text.
--=_b1
Content-Type: text/plain; charset=utf-8; format=flowed
Content-Transfer-Encoding: quoted-printable

{qp(body)}
--=_b1
Content-Type: image/gif; name="x.gif"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="x.gif"

R0lGODlhAQABAAAAACw=
--=_b1--
'''.replace('\n','\r\n'))
gold('letter.eml',rec(subj,['Inés Carballal'],None,'2023-10-08T04:50:00+02:00',None,None,['Dear desk, here is what we know from A Coruña.']+A['b'],boiler=['On Sat, 7 Oct 2023, Desk wrote:','> Can you file by six?','> Mila Grantly','Inés Carballal','Atlantic Wire'],id='<20231008.1@atlanticwire.example>'))
nh=f'<html><body><p><a href="https://quay.example/v">View in browser</a></p><h1>{E(B["t"])}</h1>{P(B)}<p>You get this mail as a reader of the Quay Street Record.</p><p><a href="https://quay.example/u">Unsubscribe</a></p></body></html>'
put('newsletter.eml',f'''From: Quay Street Record <letters@quay.example>
To: reader@mail.example
Date: Wed, 16 Nov 2022 07:00:00 +0100
Subject: =?iso-8859-1?B?{__import__('base64').b64encode('The tunnel vote – no'.replace('–','-').encode('latin-1')).decode()}?=
Message-ID: <nl-77@quay.example>
List-Unsubscribe: <https://quay.example/u>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_n"

--=_n
Content-Type: text/plain; charset=us-ascii

View in browser: https://quay.example/v
--=_n
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

{qp(nh)}
--=_n--
'''.replace('\n','\r\n'))
gold('newsletter.eml',rec('The tunnel vote - no',['Quay Street Record'],None,'2022-11-16T07:00:00+01:00',None,None,B['b'],boiler=['View in browser','You get this mail as a reader of the Quay Street Record.','Unsubscribe'],id='<nl-77@quay.example>'))
M=[('Bram Oostveld','Eels return to the Vecht','Eels are back in the Vecht near Utrecht, the angler Coen Mastenbrink said.\n\n>From the bridge he counted thirty in an hour.',['Eels are back in the Vecht near Utrecht, the angler Coen Mastenbrink said.','From the bridge he counted thirty in an hour.'],'Mon, 03 May 1999 10:00:00 +0200','1999-05-03T10:00:00+02:00','Mon May  3 10:00:00 1999'),
('Tove Rask','Quote in a quote','The mayor of Lund, Stig Adelborn, sent one line.\n\n>>From here on the square is free of cars.',['The mayor of Lund, Stig Adelborn, sent one line.','>From here on the square is free of cars.'],'Tue, 04 May 1999 11:30:00 +0200','1999-05-04T11:30:00+02:00','Tue May  4 11:30:00 1999'),
('Ewan Gillespie-Roe','Boats leave Oban','Boats left Oban for Mull at noon.\nFrom there they went on to Iona, skipper Morag Tulloch said.',['Boats left Oban for Mull at noon.\nFrom there they went on to Iona, skipper Morag Tulloch said.'],'Wed, 05 May 1999 12:00:00 GMT','1999-05-05T12:00:00Z','Wed May  5 12:00:00 1999')]
put('three.mbox',''.join(f'From {n.split()[0].lower()}@mail.example {env}\nFrom: {n} <{n.split()[0].lower()}@mail.example>\nDate: {d}\nSubject: {s}\nMessage-ID: <m{i}@mail.example>\n\n{b}\n\n' for i,(n,s,b,_,d,_2,env) in enumerate(M)))
gold('three.mbox',*[rec(s,[n],None,iso,None,None,g,id=f'<m{i}@mail.example>') for i,(n,s,_,g,_d,iso,_e) in enumerate(M)])
