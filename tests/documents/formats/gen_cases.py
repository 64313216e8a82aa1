#!/usr/bin/env python3
"""Writes cases/: three inputs of our own for each kind."""
import json, os
D=os.path.join(os.path.dirname(os.path.abspath(__file__)),'cases'); os.makedirs(D,exist_ok=True)
PEOPLE=[('Vera Lindt','Bremen'),('Tomas Arkin','Malmo'),('Nuru Achieng','Mombasa')]
def case(n,ext,text,**e):
    f=f'{n}.{ext}'; open(f'{D}/{f}','wb').write(text if isinstance(text,bytes) else text.encode())
    opt=e.pop('opt',''); e={'command':e.pop('command',f'dateline tag -q {f}{opt}').replace('@',f),**e}
    open(f'{D}/{n}.expected.json','w').write(json.dumps(e,ensure_ascii=False)+'\n')
jl=lambda rows:''.join(json.dumps(r,ensure_ascii=False)+'\n' for r in rows)
ids=lambda ts:jl({'id':str(i),'text':t} for i,t in enumerate(ts))
HAS=[['PER','Vera Lindt'],['LOC','Bremen'],['PER','Tomas Arkin'],['LOC','Malmo']]
# 01
case('01x-pipe-delimiter','csv','id|title|text\n1|Flood|"Vera Lindt, the mayor, left Bremen; she was tired."\n2|Vote|Tomas Arkin won in Malmo; the count, he said, was fair.\n',exit=0,records=2,has=HAS,note='more commas and semicolons than bars, but only the bar gives every row three cells')
case('01y-tab-in-csv','csv','id\ttext\n1\tVera Lindt, aged 40, left Bremen, Ohio.\n2\tTomas Arkin won in Malmo.\n',exit=0,records=2,has=[h for h in HAS if h[1]!='Bremen'])
case('01z-utf16-semicolon','csv',b'\xff\xfe'+'ID;TEXT\r\n1;"Vera Lindt left Bremen;\r\nit rained."\r\n2;Tomas Arkin won in Malmo.\r\n'.encode('utf-16-le'),exit=0,records=2,has=HAS,note='UTF-16 with a mark, header in capitals')
# 02
T='id;text\n1;Vera Lindt left Bremen.\n2;Tomas Arkin won in Malmo.\n'
for k,n,t in(('x','semicolons-from-a-pipe',T),('y','tabs-from-a-pipe',T.replace(';','\t')),):
    case(f'02{k}-{n}','csv',t,command='cat @ | dateline tag -q -',records=2,or_refused=True,note='never one article with exit 0')
case('02z-tabs-with-another-ending','out',T.replace(';','\t'),records=2,or_refused=True)
# 03
def rows(bad,pos,n=40):
    o=['id,text']
    for i in range(n):
        t=f'Vera Lindt won in Bremen on day {i}.'
        o.append(f'{i},'+((t[:pos]+'"'+t[pos:]) if i==bad else t) if pos else f'{i},'+('"'+t if i==bad else t))
    return '\n'.join(o)+'\n'
case('03x-quote-opens-in-row-10','csv',rows(10,0),command='dateline tag @',tagged_at_least=38,or_counts_lost=29,note='row 10 opens a quote that nothing closes; 29 articles follow')
case('03y-quote-opens-in-first-row','csv',rows(0,0),command='dateline tag @',tagged_at_least=38,or_counts_lost=39,note='the first row opens a quote that nothing closes; 39 articles follow')
case('03z-quote-inside-a-cell','csv',rows(20,10),command='dateline tag @',tagged_at_least=39,or_counts_lost=19,note='a lone quote in the middle of an unquoted cell is text')
# 04
for k,a,b in(('x','"Stop,','Stop"'),('y','"','""'),('z','24" pipes','"Yes" and "No')):
    case(f'04{k}-tsv-quotes','tsv',f'id\ttitle\ttext\n1\t{a}\tVera Lindt left Bremen.\n2\t{b}\tTomas Arkin won in Malmo.\n3\tFog\tBoats left Kiel.\n',exit=0,records=3,has=HAS+[['LOC','Kiel']],note=f'titles are {a} and {b}, quotes included')
# 05
case('05x-source-of-search-hits','jsonl',jl([{'_id':'a','_source':{'title':'Flood','text':'Vera Lindt left Bremen.'}},{'_id':'b','_source':{'title':'Vote','text':'Tomas Arkin won in Malmo.'}}]),opt=' --field _source.title --field _source.text',exit=0,records=2,has=HAS)
case('05y-pointer','jsonl',jl([{'id':1,'story':{'en':{'body':'Vera Lindt left Bremen.'}}},{'id':2,'story':{'en':{'body':'Tomas Arkin won in Malmo.'}}}]),opt=' --field /story/en/body',exit=0,records=2,has=HAS)
case('05z-key-with-a-dot','jsonl',jl([{'id':1,'story.body':'Vera Lindt left Bremen.'},{'id':2,'story.body':'Tomas Arkin won in Malmo.'}]),opt=' --field story.body',exit=0,records=2,has=HAS,note='a key that itself has the dot is found as it is')
# 06
case('06x-one-paragraph','jsonl',jl([{'id':1,'text':['Vera Lindt left Bremen.']},{'id':2,'text':['Tomas Arkin','won in Malmo.']}]),exit=0,records=2,has=HAS)
case('06y-empty-and-null-paragraphs','jsonl',jl([{'id':1,'text':['Vera Lindt left Bremen.','',None,'Tomas Arkin won in Malmo.']}]),exit=0,records=1,has=HAS)
case('06z-body-list-nested','jsonl',jl([{'id':1,'article':{'body':['Vera Lindt left Bremen.','Tomas Arkin won in Malmo.']}}]),opt=' --field article.body',exit=0,records=1,has=HAS)
# 07
case('07x-null-title','jsonl',jl([{'id':1,'title':None,'text':'Vera Lindt left Bremen.'},{'id':2,'title':'Fog','text':'Tomas Arkin won in Malmo.'}]),exit=0,records=2,has=HAS)
case('07y-null-among-good','jsonl',jl([{'id':1,'title':'Vera Lindt leaves Bremen','text':None},{'id':2,'title':None,'text':'Tomas Arkin won in Malmo.'}]),exit=0,records=2,has=HAS)
case('07z-null-content','jsonl',jl([{'id':1,'title':'Vera Lindt leaves Bremen','text':None,'url':None},{'id':2,'title':'Tomas Arkin wins in Malmo'}]),exit=0,records=2,has=HAS)
# 09
for k,h,b in(('x','HEADLINE','BODY'),('y','Title','Content'),('z','headline','Text')):
    case(f'09{k}-headline-{h.lower()}-{b.lower()}','jsonl',jl([{'ID':7,h:'Lindt wins in Bremen',b:'Vera Lindt won in Bremen on Friday, the clerk said.'}]),opt=f' --field {h} --field {b}',zones={h:'headline',b:'body'})
# 10
for k,(p,l) in zip('xyz',PEOPLE):
    o={'x':'out.jsonl','y':'a.jsonl','z':'z.jsonl'}[k]
    case(f'10{k}-output-among-inputs','txt',f'{p} won in {l}.\n',command=f'mkdir c{k}; cp @ c{k}/m.txt; dateline tag -q c{k} -o c{k}/{o} && dateline tag -q c{k} -o c{k}/{o}',exit=0,note='the second run says that it is complete; its own output, which sorts before or after the input, is not read')
# 17
S='\u00ad'
M=lambda *a:[list(x) for x in a]
for k,ts,ms in(('x',[f'The head of the Harbour Author{S}\nity, Vera Lind{S}\nholm, left.',f'Trains left Bre{S}men for Mal{S}\nmo.'],[M(('ORG',f'Harbour Author{S}\nity'),('PER',f'Vera Lind{S}\nholm')),M(('LOC',f'Bre{S}men'),('LOC',f'Mal{S}\nmo'))]),
 ('y',[f'Judge Tomas Ar{S}\r\nkin sat in Rotter{S}\r\ndam.',f'No{S}body saw Nuru Achi{S}eng.'],[M(('PER',f'Tomas Ar{S}\r\nkin'),('LOC',f'Rotter{S}\r\ndam')),M(('PER',f'Nuru Achi{S}eng'))]),
 ('z',[f'He flew from Mom{S}\n  basa to Stock{S}\n  holm.',f'Vera{S} Lindt won.'],[M(('LOC',f'Mom{S}\n  basa'),('LOC',f'Stock{S}\n  holm')),M(('PER',f'Vera{S} Lindt'))])):
    case(f'17{k}-soft-hyphen','jsonl',ids(ts),mentions={str(i):m for i,m in enumerate(ms)})
# 18
for k,ts,ms in(('x',['A clerk told Mr. Tomas\nArkin that Sierra\nLeone would vote.','She met Dr. Nuru\nAchieng-\nMwangi in Cape\nTown.'],[M(('PER','Tomas\nArkin'),('LOC','Sierra\nLeone')),M(('PER','Nuru\nAchieng-\nMwangi'),('LOC','Cape\nTown'))]),
 ('y',['The Bank of\nNorth Frisia lent it to Vera van der\nLindt of Bre-\nmen.'],[M(('ORG','Bank of\nNorth Frisia'),('PER','Vera van der\nLindt'),('LOC','Bre-\nmen'))]),
 ('z',['Buses left Addis\r\nAbaba with Vera\r\nLindt.','Goals: Arkin\n\nBoats left Bremen.'],[M(('LOC','Addis\r\nAbaba'),('PER','Vera\r\nLindt')),M(('PER','Arkin'),('LOC','Bremen'))])):
    case(f'18{k}-names-across-lines','jsonl',ids(ts),mentions={str(i):m for i,m in enumerate(ms)})
# 22
for k,ts,ms in(('x',['Mail vera.lindt@bremenbote.example or see Tomas Arkin in Malmo.','Post by @NuruInMombasa, Vera Lindt said.'],[M(('PER','Tomas Arkin'),('LOC','Malmo')),M(('PER','Vera Lindt'))]),
 ('y',['Read http://paris.example/john-smith/rome?by=Anna+Berg before Vera Lindt speaks.','Crowds chanted under #SaveBerlin and #ArkinOut in Bremen.'],[M(('PER','Vera Lindt')),M(('LOC','Bremen'))]),
 ('z',['Go to London-Tickets.example, said Tomas Arkin.','Kiel, Germanywww.SeaWire.example 555 0199 Vera@Harbour.example'],[M(('PER','Tomas Arkin')),M(('LOC','Kiel'),('LOC','Germany'))])):
    case(f'22{k}-addresses','jsonl',ids(ts),mentions={str(i):m for i,m in enumerate(ms)},note='an address, handle or hashtag is no name, and no part of one is')
# 23
for k,ts,ms in(('x',['Orla O&rsquo;Dowd left Galway.','Fr&ouml;lich &amp; Sons closed in K&ouml;ln.'],[M(('PER','Orla O&rsquo;Dowd'),('LOC','Galway')),M(('ORG','Fr&ouml;lich &amp; Sons'),('LOC','K&ouml;ln'))]),
 ('y',['Jos&#233; Arkin won in Malm&#xF6;.','<style>.Berlin{color:red}</style>Vera Lindt left.'],[M(('PER','Jos&#233; Arkin'),('LOC','Malm&#xF6;')),M(('PER','Vera Lindt'))]),
 ('z',['<img alt="Anna Berg in Rome">Vera&nbsp;Lindt left Bremen.','Vera <b>Lindt</b> met <a title="Paris">Tomas Arkin</a>.'],[M(('PER','Vera&nbsp;Lindt'),('LOC','Bremen')),M(('PER','Vera <b>Lindt</b>'),('PER','Tomas Arkin'))])):
    case(f'23{k}-entities','jsonl',ids(ts),mentions={str(i):m for i,m in enumerate(ms)},note='offsets count the text as it is')
# 39
for k,ts in(('x',['Error 503. Service unavailable. Try again in a few minutes.','This video cannot be played. Update your browser.','!!! ??? ...']),('y',['Your session has expired. Log in to continue reading.','We and our 214 partners store cookies on your device. Accept all. Reject all.','0 1 0 1 1 0']),('z',['Home. News. Sport. Weather. Contact.','You have read your last free page this month. Subscribe for 1 euro.','Gallery: 1 of 24. Next. Previous. Full screen.'])):
    case(f'39{k}-no-articles','jsonl',ids(ts),no_topics={str(i):True for i in range(len(ts))})
# 40
STORY='A barge sank in the lock at Bremen on Friday with 900 tonnes of gravel on board, and nobody was hurt.\n\nThe lock keeper, Vera Lindt, said that the hull had split at the bow. Divers will look at it.\n\nThe river stays shut to ships until the wreck has been raised, the water board said.'
for k,ls in(('x',['Hugo Plank is the river editor of the Weser Mirror. He lives in Verden.','(Reporting by Hugo Plank in Verden; Editing by Ida Sorn)','See also: Ida Sorn leaves Weser Mirror']),('y',['Topics: Verden, Ida Sorn, Weser Mirror','Weser Press Service contributed to this story.','Follow Hugo Plank on Chirper @hplank']),('z',['© 2024 Weser Mirror. All rights reserved.','Most read: Ida Sorn wins in Verden','Write to Hugo Plank at hplank@wesermirror.example.'])):
    case(f'40{k}-furniture','jsonl',ids([STORY+'\n\n'+l for l in ls]),salience_zero_inside={str(i):l for i,l in enumerate(ls)})
