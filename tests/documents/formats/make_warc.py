#!/usr/bin/env python3
"""make_warc.py [OUTDIR]: writes crawl.warc.gz, its variants, and NAME.expected.json (each member's offset, length, kind). Deterministic."""
import gzip, io, json, os, sys, zlib
try: import brotli
except ImportError: brotli=None
try: import zstandard
except ImportError: zstandard=None
OUT=sys.argv[1] if len(sys.argv)>1 else 'warc'; os.makedirs(OUT,exist_ok=True)
def page(t,ps,cs='utf-8'): return (f'<!doctype html><html lang="en"><head><meta charset="{cs}"><title>{t}</title></head><body><h1>{t}</h1>'+''.join(f'<p>{p}</p>' for p in ps)+'</body></html>').encode('cp1252' if cs!='utf-8' else cs)
STORY=['The last lighthouse keeper of Skagen, Aage Brøndum, climbed down on Tuesday after 41 years, and the lamp went on without him.','He said that he would miss the gulls “but not their views”. The harbour board gave him a clock that does not strike.','The light was built in 1858 and is 46 metres high. It will be watched from Aarhus by two people and a machine that sends letters.','His daughter Kirsten, a pilot on the ferry to Gothenburg, sounded her horn as she went by.']
OK=page('Keeper of Skagen comes down',STORY)
DATE='2021-06-0%dT12:00:00Z'
def uid(n): return f'<urn:uuid:00000000-0000-4000-8000-{n:012d}>'
def warc(n,typ,body,ct,uri=None,ver='1.0',nl='\r\n',extra=()):
    h=[f'WARC/{ver}',f'WARC-Type: {typ}',f'WARC-Record-ID: {uid(n)}',f'WARC-Date: {DATE%(n%9+1)}']
    if uri:h.append('WARC-Target-URI: '+uri)
    h+=list(extra)+[f'Content-Type: {ct}',f'Content-Length: {len(body)}']
    return (nl.join(h)+nl*2).encode()+body+(nl*2).encode()
def http(body,status='200 OK',hdr=(),ct='text/html; charset=utf-8',nl='\r\n'):
    h=[f'HTTP/1.1 {status}',f'Content-Type: {ct}']+list(hdr)
    if not any(x.lower().startswith('transfer-encoding') for x in h): h.append(f'Content-Length: {len(body)}')
    return (nl.join(h)+nl*2).encode()+body
def chunked(b,k=100): return b''.join(b'%x\r\n'%len(b[i:i+k])+b[i:i+k]+b'\r\n' for i in range(0,len(b),k))+b'0\r\n\r\n'
gz=lambda b:gzip.compress(b,9,mtime=0)
R='application/http; msgtype=response'
def resp(n,path,payload,**k): return warc(n,'response',payload,R,'https://skagenpost.example/'+path,**k)
def members():
    A,N='article','not article'
    m=[('warcinfo',N,'warcinfo',warc(1,'warcinfo',b'software: make_warc\r\nformat: WARC File Format 1.0\r\n','application/warc-fields')),
    ('request',N,'request',warc(2,'request',b'GET /ok HTTP/1.1\r\nHost: skagenpost.example\r\n\r\n','application/http; msgtype=request','https://skagenpost.example/ok')),
    ('200',A,'',resp(3,'ok',http(OK))),
    ('404',N,'status 404',resp(4,'gone',http(page('Not found',['This page does not exist.']),'404 Not Found'))),
    ('redirect',N,'status 301',resp(5,'old',http(b'','301 Moved Permanently',['Location: /ok']))),
    ('image',N,'image/gif',resp(6,'x.gif',http(b'GIF89a\x01\0\x01\0\x80\0\0\0\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;',ct='image/gif'))),
    ('chunked',A,'',resp(7,'chunked',http(chunked(OK),hdr=['Transfer-Encoding: chunked']))),
    ('gzip',A,'',resp(8,'gzip',http(gz(OK),hdr=['Content-Encoding: gzip']))),
    ('chunked-gzip',A,'',resp(9,'both',http(chunked(gz(OK)),hdr=['Transfer-Encoding: chunked','Content-Encoding: gzip']))),
    ('truncated',A,'WARC-Truncated: length; text is what is there',resp(11,'cut',http(OK)[:-200],extra=['WARC-Truncated: length'])),
    ('charset-wrong',A,'header says utf-8, bytes and meta are windows-1252',resp(12,'charset',http(page('Keeper comes down',STORY,'windows-1252')))),
    ('revisit',N,'revisit',warc(13,'revisit',b'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n',R,'https://skagenpost.example/ok',extra=['WARC-Profile: http://netpreserve.org/warc/1.0/revisit/identical-payload-digest','WARC-Refers-To: '+uid(3)])),
    ('metadata',N,'metadata',warc(14,'metadata',b'fetchTimeMs: 12\r\n','application/warc-fields','https://skagenpost.example/ok')),
    ('conversion',A,'WET text',warc(15,'conversion',('Keeper of Skagen comes down\n'+'\n'.join(STORY)).encode(),'text/plain','https://skagenpost.example/wet')),
    ('warc-1.1',A,'',resp(16,'v11',http(OK),ver='1.1')),
    ('lf-only',A,'header lines end in LF',resp(17,'lf',http(OK,nl='\n'),nl='\n')),
    ('folded',A,'folded WARC header',resp(18,'folded',http(OK),extra=['X-Note: one\r\n  and two']))]
    if brotli: m.insert(9,('br',A,'',resp(10,'br',http(brotli.compress(OK,quality=5),hdr=['Content-Encoding: br']))))
    return m
def emit(name,parts):
    o=b'';e=[]
    for nm,kind,why,b in parts: e.append(dict(name=nm,offset=len(o),length=len(b),kind=kind,why=why)); o+=b
    open(f'{OUT}/{name}','wb').write(o); json.dump({'file':name,'members':e},open(f'{OUT}/{name}.expected.json','w'),indent=1)
M=members()
L=[(a,k,w,gz(b)) for a,k,w,b in M]
bad=bytearray(gz(resp(20,'damaged',http(OK)))); mid=len(bad)//2
bad[mid:mid+24]=b'\xff'*24
L.insert(7,('damaged','dead','damaged in its middle; the next member is read',bytes(bad)))
L.insert(10,('garbage','dead','31 bytes between members that are no gzip',b'these are no bytes of a member\n'))
last=gz(resp(21,'last',http(OK)))
L.append(('cut-off','dead','the last member ends in its middle',last[:len(last)//2]))
emit('crawl.warc.gz',L)
emit('plain.warc',M)
# one gzip member: offsets and lengths are those in the uncompressed stream
emit('single.warc',M); raw=open(f'{OUT}/single.warc','rb').read(); os.remove(f'{OUT}/single.warc')
open(f'{OUT}/single.warc.gz','wb').write(gz(raw)); x=json.load(open(f'{OUT}/single.warc.expected.json')); os.remove(f'{OUT}/single.warc.expected.json')
x.update(file='single.warc.gz',offsets='uncompressed'); json.dump(x,open(f'{OUT}/single.warc.gz.expected.json','w'),indent=1)
if zstandard: emit('crawl.warc.zst',[(a,k,w,zstandard.ZstdCompressor(level=3).compress(b)) for a,k,w,b in M])
for n in sorted(os.listdir(OUT)): print(n,os.path.getsize(f'{OUT}/{n}'))
