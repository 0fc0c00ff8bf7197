"""A real S3 server on loopback: OpenStack Swift with its S3 API, one node, one folder.

    serve.py FOLDER OPTIONS      OPTIONS is JSON: ports {proxy, account, container, object, memcached}, user, secret, region

Writes the configuration and the rings, imports Swift once, and forks the servers, which share its code in memory. Prints
"ready VERSION" when all of them listen. Ends them when one of them ends, on SIGTERM, and when its own parent dies.
"""
import ctypes
import gc
import json
import os
import pwd
import signal
import socket
import subprocess
import sys
import time

FOLDER, OPTIONS = os.path.abspath(sys.argv[1]), json.loads(sys.argv[2])
PORTS = OPTIONS['ports']
CONFIG, DISK = os.path.join(FOLDER, 'etc'), os.path.join(FOLDER, 'disk')
LOOPBACK = '127.0.0.1'
ME = pwd.getpwuid(os.getuid()).pw_name
STORAGE = ('account', 'container', 'object')

# eventlet replaces socket.socket once Swift is imported
PlainSocket = socket.socket
libc = ctypes.CDLL(None)


def die_with(parent):
    """SIGKILL for this process when its parent ends, however that happens."""
    PR_SET_PDEATHSIG = 1
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def write_config(name, sections):
    """`sections`: {name: {key: value}}, in order."""
    lines = []
    for section, settings in sections.items():
        lines.append(f'[{section}]')
        lines.extend(f'{key} = {value}' for key, value in settings.items())
    path = os.path.join(CONFIG, name)
    with open(path, 'w') as file:
        file.write('\n'.join(lines) + '\n')
    os.chmod(path, 0o600)


def configure():
    os.makedirs(CONFIG)
    os.makedirs(os.path.join(DISK, 'd1'))
    try:  # Swift keeps what it knows about an object in extended attributes
        os.setxattr(os.path.join(DISK, 'd1'), 'user.packshot', b'1')
    except OSError as error:
        sys.exit(f'{FOLDER} is on a file system without user attributes ({error}): set TMPDIR to another one')

    write_config('swift.conf', {
        'swift-hash': {'swift_hash_path_prefix': 'packshot', 'swift_hash_path_suffix': 'packshot'},
        'storage-policy:0': {'name': 'default', 'default': 'yes'},
        'swift-constraints': {'max_header_size': 16384, 'max_request_line': 16384, 'max_meta_value_length': 2048,
                              'max_meta_overall_size': 8192},
    })
    common = {'bind_ip': LOOPBACK, 'workers': 0, 'user': ME, 'swift_dir': CONFIG, 'log_level': 'WARNING', 'log_address': '',
              'fallocate_reserve': 0, 'disable_fallocate': 'true', 'max_clients': 512}
    patient = {'object': {'container_update_timeout': 15, 'conn_timeout': 5, 'node_timeout': 30}}
    for name in STORAGE:
        more = patient.get(name, {})
        write_config(f'{name}-server.conf', {
            'DEFAULT': {**common, 'bind_port': PORTS[name], 'devices': DISK, 'mount_check': 'false', **more},
            'pipeline:main': {'pipeline': f'{name}-server'},
            f'app:{name}-server': {'use': f'egg:swift#{name}', **more},
        })

    account, user = OPTIONS['user'].split(':')
    filters = {
        'catch_errors': {},
        'gatekeeper': {},
        'healthcheck': {},
        'cache': {'use': 'egg:swift#memcache', 'memcache_servers': f'{LOOPBACK}:{PORTS["memcached"]}',
                  'memcache_max_connections': 32},
        'listing_formats': {},
        'bulk': {},
        's3api': {'location': OPTIONS['region'], 's3_acl': 'false', 'dns_compliant_bucket_names': 'true',
                  # S3 has pages of 1000; smaller ones let tests see a second page without a thousand writes.
                  'max_bucket_listing': 100, 'max_upload_part_num': 10000, 'cors_preflight_allow_origin': '*'},
        'tempauth': {f'user_{account}_{user}': f'{OPTIONS["secret"]} .admin'},
        'copy': {},
        'slo': {'max_manifest_segments': 10000},
        'dlo': {},
        'versioned_writes': {'allow_object_versioning': 'true'},
        'symlink': {},
    }
    write_config('proxy-server.conf', {
        'DEFAULT': {**common, 'bind_port': PORTS['proxy'], 'client_timeout': 60},
        'pipeline:main': {'pipeline': ' '.join([*filters, 'proxy-server'])},
        'app:proxy-server': {'use': 'egg:swift#proxy', 'account_autocreate': 'true', 'allow_account_management': 'false',
                             'conn_timeout': 5, 'node_timeout': 60, 'recoverable_node_timeout': 60,
                             # One node: to suspend it after errors would make an answer of every later request.
                             'error_suppression_interval': 1, 'error_suppression_limit': 1000000,
                             'strict_cors_mode': 'false'},
        **{f'filter:{name}': {'use': f'egg:swift#{name}', **settings} for name, settings in filters.items()},
    })


def build_rings():
    """One device, one replica, four partitions each."""
    from swift.common.ring import RingBuilder
    for name in STORAGE:
        builder = RingBuilder(2, 1, 0)
        builder.add_dev({'id': 0, 'region': 1, 'zone': 1, 'weight': 1.0, 'device': 'd1', 'meta': '',
                         'ip': LOOPBACK, 'port': PORTS[name], 'replication_ip': LOOPBACK, 'replication_port': PORTS[name]})
        builder.rebalance(seed=1)
        builder.get_ring().save(f'{CONFIG}/{name}.ring.gz')


def start_memcached():
    parent = os.getpid()
    command = ['memcached', '-l', LOOPBACK, '-p', str(PORTS['memcached']), '-U', '0', '-m', '16', '-c', '256', '-t', '1']
    if os.getuid() == 0:
        command += ['-u', ME]
    return subprocess.Popen(command, preexec_fn=lambda: die_with(parent)).pid


def start_server(name):
    from swift.common.wsgi import run_wsgi
    parent = os.getpid()
    pid = os.fork()
    if pid != 0:
        return pid
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    die_with(parent)
    status = 1
    try:
        status = run_wsgi(f'{CONFIG}/{name}-server.conf', f'{name}-server', verbose=True) or 0
    except BaseException as error:
        print(f'swift {name}: {error!r}', file=sys.stderr, flush=True)
    os._exit(status)


def listens(port):
    with PlainSocket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def finish(children, status):
    """They hold nothing that must be saved."""
    for pid in children:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    os._exit(status)


def main():
    die_with(os.getppid())
    configure()
    children = {start_memcached(): 'memcached'}
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: finish(children, 0))

    # Each server does this first; done before the other imports it is cheap, because eventlet collects garbage per lock.
    import eventlet.patcher
    eventlet.patcher.monkey_patch(all=False, socket=True, select=True, thread=True)
    import swift
    from swift.common import utils
    utils.set_swift_dir(CONFIG)
    from swift.common.storage_policy import reload_storage_policies
    reload_storage_policies()
    build_rings()
    import swift.account.server, swift.container.server, swift.obj.server, swift.proxy.server  # noqa: E401
    gc.collect()
    gc.freeze()  # keeps the pages that the forks share from being written to
    for name in (*STORAGE, 'proxy'):
        children[start_server(name)] = name

    waiting = set(PORTS.values())
    while waiting:
        pid, _ = os.waitpid(-1, os.WNOHANG)
        if pid:
            print(f'swift: {children.pop(pid)} ended before it was ready', file=sys.stderr, flush=True)
            finish(children, 1)
        waiting = {port for port in waiting if not listens(port)}
        time.sleep(0.02)
    print('ready', swift.__version__, flush=True)
    pid, status = os.wait()
    print(f'swift: {children.pop(pid)} ended, status {status}', file=sys.stderr, flush=True)
    finish(children, 1)


main()
