# shellcheck shell=bash
# The certificates of the faults in TLS, made with the openssl command: one root that is trusted, an
# intermediate below it, and a leaf a fault, for each host that is wanted. Sourced.

: "${pki:?the folder that they go into}"

pki() { openssl "$@" 2>>"$pki.log" || { cat "$pki.log" >&2; exit 1; }; }

# A key and a certificate. The issuer is a NAME made before, or - for itself.
certify() { # NAME ISSUER SUBJECT DAYS EXTENSIONS [KEY [OPTION…]]
  local name=$1 issuer=$2 subject=$3 days=$4 extensions=$5 key=${6:-ec} by=()
  shift $(($# > 6 ? 6 : $#))
  case $key in
    ec) pki ecparam -name prime256v1 -genkey -noout -out "$pki/$name.key" ;;
    *) pki genrsa -out "$pki/$name.key" "$key" ;;
  esac
  pki req -new -key "$pki/$name.key" -subj "/CN=$subject" -out "$pki/$name.csr"
  printf '%b' "$extensions" >"$pki/$name.ext"
  if [ "$issuer" = - ]; then
    by=(-signkey "$pki/$name.key")
  else
    by=(-CA "$pki/$issuer.crt" -CAkey "$pki/$issuer.key" -CAcreateserial)
  fi
  pki x509 -req -in "$pki/$name.csr" "${by[@]}" -days "$days" -extfile "$pki/$name.ext" \
    -out "$pki/$name.crt" "$@"
}

# What the origin shows: the leaf, those above it, the leaf's key.
show() { # NAME LEAF ABOVE…
  local name=$1 leaf=$2
  shift 2
  { cat "$pki/$leaf.crt"
    for above; do cat "$pki/$above.crt"; done
    cat "$pki/$leaf.key"
  } >"$pki/$name.pem"
}

# The last byte of the signature is another.
forge() { # NAME
  pki x509 -in "$pki/$1.crt" -outform DER -out "$pki/$1.der"
  local size last
  size=$(stat -c %s "$pki/$1.der")
  last=$(tail -c 1 "$pki/$1.der" | od -An -tu1)
  printf '%b' "\\x$(printf %x $((last ^ 1)))" |
    dd of="$pki/$1.der" bs=1 seek=$((size - 1)) conv=notrunc status=none
  pki x509 -inform DER -in "$pki/$1.der" -out "$pki/$1.crt"
}

readonly AUTHORITY='basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n'

make_authorities() {
  certify ca - 'Test root' 30 "$AUTHORITY"
  certify middle ca 'Test intermediate' 30 "$AUTHORITY"
  certify stranger-ca - 'Unknown root' 30 "$AUTHORITY"
}

# The PEM file of a fault, for a host.
make_certificate() { # FAULT HOST
  local name=$1-$2 host=$2 leaf='basicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\n'
  local usage='extendedKeyUsage=serverAuth\n'
  local extensions="$leaf$usage"'subjectAltName=DNS:'$host'\n'
  case $1 in
    good | incomplete) certify "$name" middle "$host" 30 "$extensions" ;;
    expired) # openssl x509 counts days from now: valid until yesterday
      certify "$name" middle "$host" -1 "$extensions" ;;
    early) certify_early "$name" "$host" "$extensions" ;;
    other) certify "$name" middle other.test 30 "$leaf$usage"'subjectAltName=DNS:other.test\n' ;;
    common) certify "$name" middle "$host" 30 "$leaf$usage"'subjectAltName=DNS:other.test\n' ;;
    self) certify "$name" - "$host" 30 "${extensions/authorityKeyIdentifier=keyid\\n/}" ;;
    stranger) certify "$name" stranger-ca "$host" 30 "$extensions" ;;
    forged) certify "$name" middle "$host" 30 "$extensions" && forge "$name" ;;
    weak) certify "$name" middle "$host" 30 "$extensions" 1024 ;;
    sha1) certify "$name" middle "$host" 30 "$extensions" ec -sha1 ;;
    purpose) certify "$name" middle "$host" 30 "${extensions/serverAuth/clientAuth}" ;;
    upstart)
      [ -e "$pki/upstart-ca.crt" ] ||
        certify upstart-ca middle 'No authority' 30 "$leaf"'keyUsage=digitalSignature\nsubjectKeyIdentifier=hash\n'
      certify "$name" upstart-ca "$host" 30 "$extensions"
      ;;
    address) certify "$name" middle "$host" 30 "$leaf$usage"'subjectAltName=IP:127.0.0.10\n' ;;
    *) echo "there is no certificate with the fault '$1'" >&2 && exit 1 ;;
  esac
  case $1 in
    incomplete | self) show "$name" "$name" ;;
    stranger) show "$name" "$name" stranger-ca ;;
    upstart) show "$name" "$name" upstart-ca middle ;;
    *) show "$name" "$name" middle ;;
  esac
}

# openssl x509 cannot set when a certificate begins; openssl ca can.
certify_early() { # NAME HOST EXTENSIONS
  pki ecparam -name prime256v1 -genkey -noout -out "$pki/$1.key"
  pki req -new -key "$pki/$1.key" -subj "/CN=$2" -out "$pki/$1.csr"
  printf '%b' "$3" >"$pki/$1.ext"
  : >"$pki/$1.index"
  cat >"$pki/$1.cnf" <<CNF
[ca]
default_ca = c
[c]
database = $pki/$1.index
new_certs_dir = $pki
rand_serial = yes
default_md = sha256
policy = p
[p]
commonName = supplied
CNF
  pki ca -batch -notext -config "$pki/$1.cnf" -cert "$pki/middle.crt" -keyfile "$pki/middle.key" \
    -startdate "$(date -u -d '+2 days' +%Y%m%d%H%M%SZ)" -enddate "$(date -u -d '+9 days' +%Y%m%d%H%M%SZ)" \
    -in "$pki/$1.csr" -extfile "$pki/$1.ext" -out "$pki/$1.crt"
}
