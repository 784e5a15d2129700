using StreamNer.Inference.Domain;
using StreamNer.Inference.Tests.Tokenization;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Tokenization.Loading;
using StreamNer.Inference.Words;
using StreamNer.TestSupport;

namespace StreamNer.Inference.Tests.Words;

public class WordwiseEncoderTests
{
    [Fact]
    public void Pieces_belong_to_the_words_of_the_word_cutter()
    {
        const string text = "I can't pay $5.00";
        Assert.Equal(["I", "can't", "pay", "$5.00"], WordsOf(text));
    }

    [Fact]
    public void A_word_behind_a_blank_is_encoded_with_one_and_its_spans_leave_it_out()
    {
        var seen = new List<string>();
        var pieces = new PieceBuffer();
        new WordwiseEncoder(new Listening(seen)).Encode("a b,\tc", pieces);

        Assert.Equal(["a", " b", ",", " c"], seen);
        Assert.Equal([0, 2, 3, 5], pieces.Starts.ToArray());
        Assert.Equal([1, 3, 4, 6], pieces.Ends.ToArray());
        Assert.Equal([0, 1, 2, 3], pieces.Words.ToArray());
    }

    [Fact]
    public void Whatever_the_unicode_a_piece_lies_inside_its_word()
    {
        var encoder = new WordwiseEncoder(TokenizerLoader.Load(Repository.DefaultModel, [])!.CreateEncoder());
        var (pieces, words) = (new PieceBuffer(), new List<TextSpan>());
        CsCheck.Check.Sample(AnyText.Generator, text =>
        {
            encoder.Encode(text, pieces);
            WordCutter.Cut(text, words);
            for (var i = 0; i < pieces.Count; i++)
            {
                var word = words[pieces.Words[i]];
                Assert.InRange(pieces.Starts[i], word.Start, word.End);
                Assert.InRange(pieces.Ends[i], pieces.Starts[i], word.End);
            }
        }, threads: 1);
    }

    [Fact]
    public void The_library_labels_words_of_the_word_cutter_when_asked()
    {
        const string text = "John O'Brien can't live in London.";
        using var pipeline = TokenClassificationPipeline.Load(Repository.DefaultModel,
            words: new WordOptions { Source = WordSource.Tokens, Sentences = true });
        var labelled = Assert.IsType<DocumentOutcome.Labelled>(pipeline.Label(text));
        Assert.Equal(["John", "O'Brien", "can't", "live", "in", "London", "."],
            labelled.Tokens.Select(token => token.Span.In(text).ToString()));
        Assert.Equal(new TextSpan(0, text.Length), Assert.Single(labelled.Sentences));
    }

    private static List<string> WordsOf(string text)
    {
        var pieces = new PieceBuffer();
        new WordwiseEncoder(TokenizerLoader.Load(Repository.DefaultModel, [])!.CreateEncoder()).Encode(text, pieces);
        return [.. Enumerable.Range(0, pieces.Count).GroupBy(i => pieces.Words[i])
            .Select(word => text[pieces.Starts[word.First()]..pieces.Ends[word.Last()]])];
    }

    /// <summary>Notes what it is asked to encode and gives one piece for all of it.</summary>
    private sealed class Listening(List<string> seen) : IPieceEncoder
    {
        public void Encode(ReadOnlySpan<char> text, PieceBuffer pieces)
        {
            seen.Add(text.ToString());
            pieces.Clear();
            pieces.Add(7, 0, text.Length, 0);
        }
    }
}
