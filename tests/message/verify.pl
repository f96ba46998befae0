# Says what Mail::DKIM makes of the signatures in mails, with a zone file in place of the DNS.
# usage: perl verify.pl ZONE MAIL...   prints “MAIL ALGORITHM RESULT” for each signature
use strict;
use warnings;
use Mail::DKIM::Verifier;
use Net::DNS::ZoneFile;

my $zone = shift;
my %records = map { lc $_->name => $_ } Net::DNS::ZoneFile->new($zone)->read;
{
    no warnings 'redefine';
    *Mail::DKIM::DNS::query = sub {
        my $found = $records{ lc shift };
        return $found ? ($found) : ();
    };
}

for my $file (@ARGV) {
    open my $mail, '<:raw', $file or die "$file: $!\n";
    my $verifier = Mail::DKIM::Verifier->new;
    $verifier->PRINT($_) while <$mail>;
    $verifier->CLOSE;
    for my $signature ( $verifier->signatures ) {
        printf "%s %s %s\n", $file, $signature->algorithm, $signature->result_detail;
    }
}
