#!/usr/bin/env python3
# Builds pages and gold from the marked sources src/p*.py. Marks: ⟦Z … ⟧ is a region of zone Z
# (H headline, Y byline, D dateline, C caption, B body, T body table, X boilerplate, - left out); ⟨ … ⟩ a mention.
import re,json,html,glob,os,random,codecs,sys
HERE=os.path.dirname(os.path.abspath(__file__)); OUT=os.path.dirname(HERE)
PAGES=[]
def page(name,kind,half,src,**kw): PAGES.append((name,kind,half,src,kw))
R=random.Random(0)
SECT="Home|News|Politics|World|Business|Markets|Sport|Football|Cricket|Culture|Books|Film|Music|Opinion|Letters|Weather|Traffic|Health|Science|Climate|Technology|Education|Property|Jobs|Motoring|Travel|Food|Style|Obituaries|Crosswords|Puzzles|Horoscopes|TV Guide|Podcasts|Video|Photos|Newsletters|E-paper|Archive|Subscribe|Sign in|My account|Europe|Africa|Asia|Americas|Middle East|Money|Personal finance|Courts|Crime|Transport|Planning|Schools|Farming|Fishing|Events|Competitions|Announcements|Classifieds|Public notices|Contact us|About us|Advertise|Work with us|Accessibility|Help".split("|")
HEADS="Council puts off decision on bus lanes|Ferry fares to rise by six per cent|Why the old mill still divides a town|Three held after raid on warehouse|Choir of retired miners plans a tour|Minister rules out early vote|Storm leaves 900 homes without power|Bakery that never closes turns fifty|Rents climb for the ninth month running|Goalkeeper out for the season|Museum asks for help with unlabelled photographs|Bridge to stay shut until March|Wheat prices slip on rain hopes|Teachers accept pay offer by narrow margin|How to keep basil alive in winter|Zoo names baby tapir after long poll|Court throws out case against developer|Cycle race to pass through four valleys|Hospital opens second ward for stroke patients|Fog delays flights for a second day|New trams arrive two years late|What the census says about your street|Mayor denies knowing of parking contract|Lottery winner buys village pub|Beekeepers count the cost of a wet spring|Dam at its lowest level since 1998|Young pianist takes first prize|Supermarket recalls frozen peas|Police seek driver of green van|Quiz: how well do you know your rivers?|University to close department of Latin|Voters in two districts go back to the polls|Rail strike called off after talks|Ten walks for a grey Sunday|Fishermen find wreck of steam tug".split("|")
COMM="I have lived here for forty years and never once seen the lift working.|Same old story, they talk and talk and nothing is done until somebody falls in.|Well said. My sister works there and she says the same thing every Sunday.|Can anybody tell me why my last comment was removed? I was perfectly polite.|The figures do not add up, read the second table in the annex and you will see.|Off topic, but does anyone know when the swimming pool opens again?|Typical. They found money for the fountain quickly enough.|I disagree with the first poster. You should have seen it in the eighties.|Good reporting, more of this and less celebrity gossip please.|If they had listened to the engineers in the first place none of us would be here.|Three cheers for the volunteers, who never get a mention.|Who voted for these people? Not me, and nobody that I know.|My grandfather built half of that wall and he would weep.|This is what happens when you sell off everything that is not nailed down.".split("|")
USERS="RiverRat|old_soak_72|Maureen T|NotTheMayor|Gav|swiftfan|Mrs Pym|anon4411|Tuesday Club|BobInTheHills|quiet one|Ada_L".split("|")
def A(t,i=None): return '<a href="/%s/%d">%s</a>'%(re.sub(r'\W+','-',t.lower()).strip('-'),R.randint(100,99999),html.escape(t))
def pick(l,n): return [l[(i*1+s)%len(l)] for s in [R.randrange(len(l))] for i in range(n)]
def nav(n=40,style='ul',words=None,cls='nav'):
    w=pick(words.split('|') if words else SECT,n); a=[A(x) for x in w]
    if style=='ul': return '<nav class="%s"><ul>\n%s\n</ul></nav>'%(cls,'\n'.join('<li>%s</li>'%x for x in a))
    if style=='div': return '<div class="%s">\n%s\n</div>'%(cls,'\n'.join('<div class="i">%s</div>'%x for x in a))
    if style=='bar': return '<div class="%s">%s</div>'%(cls,' | '.join(a))
    if style=='td': return '\n'.join('<tr><td bgcolor="#ddddee">%s</td></tr>'%x for x in a)
    if style=='br': return '<br>\n'.join(a)
    if style=='mega':
        o=['<ul class="mega">']
        for i in range(0,len(a),8): o.append('<li>%s<div class="sub"><ul>%s</ul></div></li>'%(a[i],''.join('<li>%s</li>'%x for x in a[i+1:i+8])))
        return '<header role="banner"><nav aria-label="Main">'+'\n'.join(o)+'</ul></nav></header>'
    return ' '.join('<span>%s</span>'%x for x in a)
def related(n=6,title='More like this',style='ul'):
    h=pick(HEADS,n)
    if style=='ul': return '<div class="related"><h3>%s</h3><ul>%s</ul></div>'%(title,'\n'.join('<li>%s</li>'%A(x) for x in h))
    if style=='cards': return '<section class="cards"><h2>%s</h2>%s</section>'%(title,'\n'.join('<article class="card"><a href="/c/%d"><img src="/i/%d.jpg" alt=""><h3>%s</h3></a><p>%s</p><time>%d hours ago</time></article>'%(i,R.randint(1,999),x,R.choice(COMM),i+2) for i,x in enumerate(h)))
    return '<p><b>%s</b><br>%s</p>'%(title,'<br>'.join(A(x) for x in h))
def share(style='ul'):
    w=['Share on Facebook','Share on X','WhatsApp','Email','Copy link','Print']
    return '<ul class="share-bar">%s</ul>'%''.join('<li><a href="#">%s</a></li>'%x for x in w) if style=='ul' else '<div class="social"><a href="#">Tweet</a> <a href="#">Like</a> <span>214 shares</span></div>'
def ad(i=1): return '<div class="ad-slot" id="ad-%d"><span>Advertisement</span><script>window.adq=window.adq||[];adq.push({slot:"mpu-%d",w:300});</script></div>'%(i,i)
def js(): return R.choice(['<script>!function(w,d){w.dl=w.dl||[];w.dl.push({t:Date.now(),page:"article"});var s=d.createElement("script");s.async=1;}(window,document);</script>','<script>var cfg={"env":"prod","ab":{"nav":"B","pw":false},"v":"4.18.2"};for(var i=0;i<2&&i>-1;i++){}</script>'])
def css(): return '<style>body{margin:0;font:16px/1.5 Georgia,serif}.nav li{float:left}.ad-slot{min-height:250px}@media(max-width:600px){.sub{display:none}}</style>'
def cookie(): return '<div id="consent" role="dialog" class="cmp"><h2>We value your privacy</h2><p>We and our 614 partners store and access information on a device, such as cookies, and process personal data for personalised advertising, measurement and audience research. You can change your mind at any time.</p><button>Accept all</button> <button>Reject all</button> <a href="/privacy">More choices</a></div>'
def comments(n=12,title=None):
    o=['<section id="comments" class="comments"><h2>%s</h2>'%(title or '%d comments'%n)]
    for i in range(n): o.append('<div class="comment"><b class="author">%s</b> <span class="when">%d hours ago</span><p>%s %s</p><a href="#">Reply</a> <a href="#">Report</a></div>'%(R.choice(USERS),i+1,COMM[i%len(COMM)],COMM[(i*5+3)%len(COMM)]))
    return '\n'.join(o)+'</section>'
def foot(site='',style='ul'):
    c='&copy; 2026 %s. All rights reserved.'%(site or 'The publisher')
    if style=='p': return '<p align="center"><font size="1">%s<br>%s</font></p>'%(nav(8,'bar'),c)
    return '<footer>%s<p>%s Registered office: 4 Quay Street. Regulated by the Press Complaints Panel.</p><p>Follow us: <a href="#">Facebook</a> <a href="#">Instagram</a> <a href="#">RSS</a></p></footer>'%(nav(14,style,cls='foot'),c)
def side(): return '<aside class="sidebar"><div class="widget"><h3>Search</h3><form><input type="text"><input type="submit" value="Go"></form></div><div class="widget"><h3>Recent posts</h3><ul>%s</ul></div><div class="widget"><h3>Archives</h3><select><option>May 2026</option><option>April 2026</option></select></div><div class="widget"><h3>Most read</h3><ol>%s</ol></div></aside>'%(''.join('<li>%s</li>'%A(x) for x in pick(HEADS,5)),''.join('<li>%s</li>'%A(x) for x in pick(HEADS,5)))
def hd(title,extra='',lang='en',charset='utf-8'):
    return '<!DOCTYPE html>\n<html%s>\n<head>\n%s<title>%s</title>\n%s\n%s\n%s\n</head>\n'%(' lang="%s"'%lang if lang else '','<meta charset="%s">\n'%charset if charset else '',title,extra,css(),js())
ZONE=dict(H='headline',Y='byline',D='dateline',C='caption',B='body',T='body',X='boilerplate')
BLOCK=set('p div li ul ol h1 h2 h3 h4 h5 h6 table tr td th tbody thead blockquote figure figcaption section article aside header footer pre dl dt dd center main hr form address body caption time_ details summary'.split())
TOK=re.compile(r'<!--.*?-->|<(script|style|template|noscript|svg|select|textarea)\b.*?</\1\s*>|<[/!?a-zA-Z][^>]*>|&(?:#\d+|#[xX][0-9a-fA-F]+|\w+);|.',re.S)
RAW=re.compile(r'\\n|\\"|.',re.S)
def build(name,kind,half,src,kw):
    R.seed(name)
    src=re.sub(r'\{%(.*?)%\}',lambda m:eval(m.group(1)),src,flags=re.S)
    ev=[];clean=[];n=0;i=0
    while i<len(src):
        c=src[i]
        if c=='⟦': ev.append((n,'[',src[i+1])); i+=2; i+= src[i]==' '; continue
        if c in '⟧⟨⟩': ev.append((n,c,None)); i+=1; continue
        clean.append(c); n+=1; i+=1
    text=''.join(clean); enc=kw.get('enc','utf-8')
    pre={'utf-16-le':codecs.BOM_UTF16_LE,'utf-16-be':codecs.BOM_UTF16_BE}.get(enc,b'')
    if kw.get('bom'): pre=codecs.BOM_UTF8
    off=[len(pre)]
    for c in text: off.append(off[-1]+len(c.encode(enc)))
    data=pre+text.encode(enc)
    blocks=[];cur=[];stack=['-'];last=[None];men=None;nm=0;fresh=True;ei=0;brs=0;joined=False
    def flush(soft=False):
        nonlocal cur,joined
        z=stack[-1]
        out=[]
        for t in cur:
            ch=t[0]
            if ch==' ':
                if not out or out[-1][0] in ' \n\t': continue
            if ch in '\n\t':
                while out and out[-1][0]==' ': out.pop()
                if ch=='\t' and (not out): continue
            out.append(t)
        while out and out[-1][0] in ' \n\t\u3000': out.pop()
        while out and out[0][0] in '\n\t\u3000': out.pop(0)
        cur=[]
        if out:
            blocks.append((z,out,joined)); joined=soft
        elif not soft: joined=False
    pos=0
    tok=RAW if kw.get('raw') else TOK
    while pos<=len(text):
        while ei<len(ev) and ev[ei][0]<=pos:
            _,k,z=ev[ei]; ei+=1
            if k=='[':
                flush(soft=bool(cur and stack[-1]!='-' and z!='-')); stack.append(z)
            elif k=='⟧':
                s=bool(cur) and len(stack)>1; flush(soft=s and stack[-1]!='-'); stack.pop()
                if len(stack)<2 or stack[-1]=='-': joined=False
            elif k=='⟨': nm+=1; men=nm
            else: men=None
        if pos==len(text): break
        m=tok.match(text,pos); t=m.group(0); e=m.end()
        if stack[-1]!='-':
            if kw.get('raw'):
                if t=='\\n': flush()
                else: cur.append(('"' if t=='\\"' else t,pos,e,men))
            elif t[0]=='<' and len(t)>1:
                tm=re.match(r'</?([a-zA-Z0-9]+)',t); tg=tm.group(1).lower() if tm else ''
                if stack[-1]=='T' and tg in('td','th'):
                    if t[1]!='/': cur.append(('\t',pos,e,None))
                elif tg=='br':
                    if cur and cur[-1][0]=='\n': cur.pop(); flush()
                    else: cur.append(('\n',pos,e,men))
                elif tg in BLOCK: flush(); joined=False
            else:
                d=html.unescape(t) if len(t)>1 else t
                if d in '\u00ad\u200b': pass
                elif d in ' \t\r\n\f\u00a0':
                    if len(t)==1:
                        if cur and cur[-1][0]==' ': cur[-1]=(' ',cur[-1][1],e,cur[-1][3])
                        elif cur and cur[-1][0]=='\n': pass
                        else: cur.append((' ',pos,e,men))
                    else: cur.append((' ',pos,e,men))
                else:
                    cur.append((d,pos,e,men))
        pos=e
    flush()
    gb=[];M={}
    for z,out,j in blocks:
        b={"zone":ZONE[z],"text":''.join(t[0] for t in out)}
        if j: b["joined"]=True
        gb.append(b)
        for ch,s,e,mn in out:
            if mn:
                x=M.setdefault(mn,{"text":"","source":[]}); x["text"]+=ch
                raw=text[s:e]
                if ch in ' \n' and raw!=' ' and raw[0]!='&': continue
                r=[off[s],off[e]]
                if x["source"] and x["source"][-1][1]==r[0]: x["source"][-1][1]=r[1]
                else: x["source"].append(r)
    body='';pj=False
    for k,b in enumerate(gb):
        if b['zone']=='body':
            if b.get('joined') and k and gb[k-1]['zone']=='dateline': body+=('\n\n' if body else '')+gb[k-1]['text']+' '+b['text']
            else: body+=('\n\n' if body else '')+b['text']
    art=kw.get('article',True)
    g={"kind":kind,"half":half,"encoding":{'utf-16-le':'UTF-16LE','gbk':'GBK','shift_jis':'Shift_JIS','cp1252':'windows-1252','cp1251':'windows-1251','utf-8':'UTF-8'}[enc],"article":art,
     "title":kw.get('title') or next((b['text'] for b in gb if b['zone']=='headline'),None),"byline":kw.get('byline',[]),
     "published":kw.get('published'),"published_from":kw.get('pf'),"modified":kw.get('modified'),"language":kw.get('language','en'),
     "site":kw.get('site'),"section":kw.get('section'),"canonical":kw.get('canonical'),"warnings":kw.get('warnings',[]),
     "blocks":gb if art else [],"body":body if art else "","mentions":list(M.values())}
    if kw.get('note'): g["note"]=kw['note']
    open(os.path.join(OUT,name+'.html'),'wb').write(data)
    open(os.path.join(OUT,name+'.gold.json'),'w').write(json.dumps(g,ensure_ascii=False,indent=1)+'\n')
for f in sorted(glob.glob(HERE+'/p*.py')): exec(compile(open(f).read(),f,'exec'))
for p in PAGES:
    try: build(*p)
    except Exception as ex: print('FAIL',p[0],repr(ex))
print(len(PAGES),{h:sum(p[2]==h for p in PAGES) for h in('choose','report')})
