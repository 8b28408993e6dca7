#!/bin/sh
# An LDAP directory with two accounts, in namespaces of its own, and then the command that
# is given. DIR is a directory for its files, PASSWORD that of the accounts.
set -eu
ip link set lo up
mkdir "$DIR/db" "$DIR/kim" "$DIR/lee"
cat >"$DIR/slapd.conf" <<END
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
maxsize 10485760
suffix dc=corp
directory $DIR/db
access to * by * read
END
cat >"$DIR/slapd.ldif" <<END
dn: dc=corp
objectClass: dcObject
objectClass: organization
o: corp
dc: corp

dn: cn=helpers,dc=corp
objectClass: posixGroup
cn: helpers
gidNumber: 54320
memberUid: dirkim
END
account() { # uid number home
  cat >>"$DIR/slapd.ldif" <<END

dn: cn=$2,dc=corp
objectClass: account
objectClass: posixAccount
objectClass: shadowAccount
uid: $1
cn: $2
uidNumber: $2
gidNumber: $2
homeDirectory: $3
loginShell: /bin/sh
userPassword: {CRYPT}$hash
END
  chown "$2:$2" "$3"
}
hash=$(printf '%s' "$PASSWORD" | openssl passwd -6 -stdin)
account dirkim 54321 "$DIR/kim"
account 'CORP\dirlee' 54322 "$DIR/lee"
/usr/sbin/slapadd -f "$DIR/slapd.conf" -l "$DIR/slapd.ldif"
/usr/sbin/slapd -f "$DIR/slapd.conf" -h ldap://127.0.0.1:3389/
cat >"$DIR/nslcd.conf" <<END
uid nslcd
gid nslcd
uri ldap://127.0.0.1:3389/
base dc=corp
map shadow userPassword userPassword
validnames /^[a-z\\\\]+\$/i
END
chmod 600 "$DIR/nslcd.conf"
sed 's/^\(passwd\|group\|shadow\):.*/\1: files ldap/' /etc/nsswitch.conf >"$DIR/nsswitch.conf"
mount --bind "$DIR/nslcd.conf" /etc/nslcd.conf
mount --bind "$DIR/nsswitch.conf" /etc/nsswitch.conf
mount -t tmpfs none /run
mkdir /run/nslcd
chown nslcd /run/nslcd
/usr/sbin/nslcd
# Not in the place of this shell, whose children the servers are: a logon's end looks for
# processes that were left to it.
"$@" || exit
