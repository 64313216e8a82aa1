#!/usr/bin/env python3
"""Checks every NAME.gold.json beside this file: blocks stand in the page's visible text, in order; ranges give the mentions."""
import glob,json,os,re,sys,html
from html.parser import HTMLParser
SKIP={'script','style','template','noscript','select','textarea','svg','title','head'}
VOID=set('area base br col embed hr img input link meta param source track wbr'.split())
class P(HTMLParser):
    def __init__(s): super().__init__(convert_charrefs=True); s.out=[]; s.skip=None; s.depth=0; s.scripts=[]; s.insc=False
    def hid(s,a):
        a={k:(v or '') for k,v in a}
        return 'hidden' in a or a.get('aria-hidden')=='true' or re.search(r'display\s*:\s*none',a.get('style',''))
    def handle_starttag(s,t,a):
        if s.skip:
            if t==s.skip: s.depth+=1
        elif t in SKIP or (t not in VOID and s.hid(a)): s.skip=t; s.depth=1
        if t=='body' and s.skip=='head': s.skip=None
        s.insc = t=='script'
    def handle_endtag(s,t):
        if s.skip==t:
            s.depth-=1
            if not s.depth: s.skip=None
    def handle_data(s,d):
        if s.insc: s.scripts.append(d)
        if not s.skip: s.out.append(d)
flat=lambda t: re.sub(r'[\s\u00ad\u200b]+','',t)
bad=0;n=nb=nm=0
for g in sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)),'*.gold.json'))):
    G=json.load(open(g)); name=os.path.basename(g)[:-10]; raw=open(g[:-10]+'.html','rb').read(); n+=1
    def err(m):
        global bad; bad+=1; print(name,m)
    enc={'UTF-16LE':'utf-16'}.get(G['encoding'],G['encoding'])
    p=P(); p.feed(raw.decode(enc)); p.close()
    meta='text_from_metadata' in G['warnings']
    vis=flat(''.join(p.scripts).replace('\\n',' ').replace('\\"','"') if meta else ''.join(p.out))
    pos=0
    for b in G['blocks']:
        nb+=1; t=flat(b['text']); k=vis.find(t,pos)
        if k<0: err('block not found in order: %r'%b['text'][:90])
        else: pos=k+len(t)
        if re.search(r' {2}|^\s|\s$|[\u00ad\u200b\u00a0]',b['text']): err('white space: %r'%b['text'][:60])
    if not G['article'] and (G['body'] or G['blocks']): err('no article, but text')
    if G['article']:
        if not G['body']: err('no body')
        if not G['title']: err('no title')
        if len(G['mentions'])<3: err('%d mentions'%len(G['mentions']))
        body=flat(G['body'])
        for i,b in enumerate(G['blocks']):
            if b['zone']=='body' and flat(b['text']) not in body: err('body lacks a block')
    blocks=[b['text'] for b in G['blocks']]
    for m in G['mentions']:
        nm+=1; last=0; t=''
        for a,z in m['source']:
            if not (last<=a<z<=len(raw)): err('range %r'%m)
            last=z; t+=raw[a:z].decode(enc if enc!='utf-16' else 'utf-16-le')
        if flat(html.unescape(t))!=flat(m['text']): err('range says %r for %r'%(t,m['text']))
        if G['article'] and not any(m['text'] in x for x in blocks): err('mention not in a block %r'%m['text'])
    if G['published'] is not None and G['published'] not in raw.decode(enc): err('published %r not on page'%G['published'])
    for w in G['byline']:
        if flat(w) not in flat(html.unescape(re.sub(r'<[^>]*>','',raw.decode(enc)))) and flat(w) not in vis: err('byline %r not on page'%w)
    w=len(G['body'].split())
    if '-v' in sys.argv: print(name,G['half'],G['kind'],'words',w,'blocks',len(G['blocks']),'mentions',len(G['mentions']))
print(n,'pages,',nb,'blocks,',nm,'mentions,',bad,'faults'); sys.exit(bad>0)
