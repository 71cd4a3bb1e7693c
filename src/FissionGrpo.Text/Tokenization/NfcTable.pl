# Writes NfcTable.cs: `perl NfcTable.pl > NfcTable.cs`.
#
# The data is the Unicode Character Database as Perl holds it (Unicode License v3, https://www.unicode.org/license.txt): canonical
# decompositions without Hangul, whether they compose again, and canonical combining classes. Only characters of Unicode 9.0: that is the
# version in the library that the tokenizers of Hugging Face normalise with (unicode-normalization-alignments 0.1.12), so it is the one that
# models have been trained with. Characters that came later are left as they are, there and here.
use strict;
use warnings;
use Unicode::Normalize qw(NFC getCombinClass);
use Unicode::UCD qw(charinfo);

my (@decompositions, @classes);
for my $c (0 .. 0xD7FF, 0xE000 .. 0x10FFFF) {
    next if ($c >= 0xAC00 && $c <= 0xD7A3) || chr($c) !~ /\p{Present_In: 9.0}/;
    if (my $class = getCombinClass($c)) {
        if (@classes && $classes[-1][1] == $c - 1 && $classes[-1][2] == $class) { $classes[-1][1] = $c }
        else { push @classes, [$c, $c, $class] }
    }
    my $parts = charinfo($c) ? charinfo($c)->{decomposition} : '';
    next if $parts eq '' || $parts =~ /</;
    my ($first, $second) = (map({ hex } split / /, $parts), 0);
    push @decompositions, sprintf('0x%X, 0x%X, 0x%X, %d,', $c, $first, $second, $second && NFC(chr $c) eq chr $c ? 1 : 0);
}

sub rows {
    my ($perLine, @items) = @_;
    print '        ', join(' ', splice @items, 0, $perLine), "\n" while @items;
}

print <<'HEAD';
// Made by NfcTable.pl from the Unicode Character Database, limited to the characters of Unicode 9.0; © Unicode, Inc., under the Unicode
// License v3 (https://www.unicode.org/license.txt). Not for editing by hand.
namespace FissionGrpo.Text.Tokenization;

/// <summary>What normalisation form C needs to know about code points; Hangul syllables are computed.</summary>
internal static class NfcTable
{
    /// <summary>Four numbers each: a code point, the one or two (else 0) that it decomposes into, and 1 when these compose again.</summary>
    public static ReadOnlySpan<int> Decompositions =>
    [
HEAD
rows(6, @decompositions);
print <<'MIDDLE';
    ];

    /// <summary>Three numbers each: first and last code point of a range, and its canonical combining class. All others have class 0.</summary>
    public static ReadOnlySpan<int> CombiningClasses =>
    [
MIDDLE
rows(8, map { sprintf '0x%X, 0x%X, %d,', @$_ } @classes);
print <<'END';
    ];
}
END
