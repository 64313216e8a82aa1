#!/usr/bin/env python3
import csv,email,email.policy,glob,gzip,json,mailbox,os,xml.etree.ElementTree as ET,re
os.chdir(os.path.dirname(os.path.abspath(__file__)))
for f in sorted(glob.glob('formats/*')):
    if f.endswith(('.xml','.rss','.rdf','.atom')): ET.parse(f)
    if f.endswith('.json'): json.load(open(f))
    if f.endswith('.eml'):
        m=email.message_from_binary_file(open(f,'rb'),policy=email.policy.default); print(f,m['subject'],[p.get_content_type() for p in m.walk()]); assert not m.defects
    if not f.endswith('.gold.json'): assert os.path.exists(f+'.gold.json'),f
    else: assert all(r['title'] and r['body'] for r in json.load(open(f))['records']),f
print('mbox',len(mailbox.mbox('formats/three.mbox')))
zones={}
for f in glob.glob('dumps/*.txt'):
    t=[l for l in open(f).read().split('\n') if l.strip()]; g=json.load(open(f[:-4]+'.gold.json'))['lines']
    assert t==[x[1] for x in g],f
    for z,_ in g: zones[z]=zones.get(z,0)+1
print('dumps',len(glob.glob('dumps/*.txt')),zones)
for f in glob.glob('cases/*.expected.json'):
    e=json.load(open(f)); src=[x for x in glob.glob(f[:-14]+'.*') if x!=f]; assert len(src)==1,f
    if isinstance(e.get('mentions'),dict):
        T={r['id']:r['text'] for r in map(json.loads,open(src[0]))}
        for i,ms in e['mentions'].items():
            for _,m in ms: assert m in T[i],(f,m)
print('cases',len(glob.glob('cases/*.expected.json')),'copies',len([json.loads(l) for l in open('copies.jsonl')]))
for f in glob.glob('warc/*.expected.json'):
    e=json.load(open(f)); b=open('warc/'+e['file'],'rb').read()
    if e.get('offsets'): b=gzip.decompress(b)
    assert sum(m['length'] for m in e['members'])==len(b),f
    for m in e['members']:
        p=b[m['offset']:m['offset']+m['length']]
        if e['file']=='crawl.warc.gz':
            try: p=gzip.decompress(p); dead=False
            except Exception: dead=True
            assert dead==(m['kind']=='dead'),m
            if dead: continue
        if not e['file'].endswith('zst'): assert p.startswith(b'WARC/1.'),m
print('warc ok')
