using System.Diagnostics;
using CsCheck;
using StreamNer.Inference.Tokenization.Subwords;

namespace StreamNer.Inference.Tests.Tokenization.Subwords;

public sealed class DoubleArrayTrieTests
{
    [Fact]
    public void Every_key_is_found_with_its_value_and_nothing_else() =>
        Gen.Select(Gen.String[Gen.Char['a', 'e'], 1, 6].HashSet[0, 200], Gen.String[Gen.Char['a', 'f'], 0, 7]).Sample((keys, other) =>
        {
            var entries = keys.Select((key, value) => KeyValuePair.Create(key, value)).ToArray();
            var trie = new DoubleArrayTrie(entries);
            foreach (var (key, value) in entries)
                Assert.Equal(value, trie.Find(key));
            Assert.Equal(keys.Contains(other), trie.Find(other) != DoubleArrayTrie.None);
        });

    [Fact]
    public void The_longest_key_that_begins_a_text_is_found() =>
        Gen.Select(Gen.String[Gen.Char['a', 'c'], 1, 5].HashSet[0, 40], Gen.String[Gen.Char['a', 'c'], 0, 12]).Sample((keys, text) =>
        {
            var trie = new DoubleArrayTrie(keys.Select((key, value) => KeyValuePair.Create(key, value)));
            Assert.Equal(keys.Where(text.StartsWith).Select(key => key.Length).DefaultIfEmpty().Max(), trie.LongestPrefix(text, out _));
        });

    [Fact]
    public void An_empty_trie_holds_nothing()
    {
        var trie = new DoubleArrayTrie([]);
        Assert.Equal(DoubleArrayTrie.None, trie.Find("a"));
        Assert.Equal(DoubleArrayTrie.None, trie.Find(""));
    }

    [Fact]
    public void Keys_of_every_unit_but_one_can_be_told_apart()
    {
        var trie = new DoubleArrayTrie(
            Enumerable.Range(1, char.MaxValue).Select(unit => KeyValuePair.Create(((char)unit).ToString(), unit)));
        Assert.Equal(DoubleArrayTrie.None, trie.Find("\0"));
        Assert.All(Enumerable.Range(1, char.MaxValue), unit => Assert.Equal(unit, trie.Find([(char)unit])));
    }

    [Fact]
    public void A_key_that_is_too_long_is_refused_with_its_beginning_its_length_and_the_limit()
    {
        var longest = new string('a', DoubleArrayTrie.LongestKey);
        Assert.Equal(7, new DoubleArrayTrie([KeyValuePair.Create(longest, 7)]).Find(longest));
        var refused = Assert.Throws<InvalidDataException>(() => new DoubleArrayTrie([KeyValuePair.Create(longest + "b", 7)]));
        Assert.StartsWith($"the piece \"{new string('a', 60)}...\" has 1001 characters, 1000 are the most", refused.Message);
    }

    [Fact]
    public void Keys_that_leave_a_cell_which_nothing_fits_into_take_time_in_proportion_to_their_number()
    {
        // Sixteen times as many keys: 16 times as long, or 256 times.
        const int Allowed = 64;
        const int Tries = 8;
        Time(levels: 8);
        Assert.Contains(Enumerable.Range(0, Tries), _ => Time(levels: 15) < Allowed * Time(levels: 11));

        // Every key of so many letters, of which there are two, behind a letter of which the next one does not begin a key.
        static double Time(int levels)
        {
            var keys = Enumerable.Range(0, 1 << levels)
                .Select(key => KeyValuePair.Create(
                    $"a{Convert.ToString(key, 2).PadLeft(levels, '0').Replace('0', 'b').Replace('1', 'a')}", key))
                .Append(KeyValuePair.Create("c", 0))
                .ToArray();
            var watch = Stopwatch.StartNew();
            Assert.NotNull(new DoubleArrayTrie(keys));
            return watch.Elapsed.TotalMilliseconds;
        }
    }

    [Fact]
    public void Keys_of_every_unit_are_refused() =>
        Assert.Throws<InvalidDataException>(() => new DoubleArrayTrie(
            Enumerable.Range(0, char.MaxValue + 1).Select(unit => KeyValuePair.Create(((char)unit).ToString(), unit))));
}
