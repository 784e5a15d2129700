using System.Text;
using StreamNer.Streams.Reading;

namespace StreamNer.Streams.Tests.Reading;

public sealed class JsonPointerTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("/text", new[] { "text" })]
    [InlineData("/a/0/b", new[] { "a", "0", "b" })]
    [InlineData("/", new[] { "" })]
    [InlineData("/a~1b/m~0n/~01", new[] { "a/b", "m~n", "~1" })]
    public void A_pointer_is_split_and_unescaped(string text, string[] names)
    {
        Assert.True(JsonPointer.TryParse(text, out var pointer));

        Assert.Equal(names, Enumerable.Range(0, pointer.Depth).Select(depth => Encoding.UTF8.GetString(pointer.Name(depth))));
    }

    [Theory]
    [InlineData("text")]
    [InlineData("$.text")]
    [InlineData("/a~")]
    [InlineData("/a~2")]
    public void A_broken_pointer_is_refused(string text) => Assert.False(JsonPointer.TryParse(text, out _));

    [Theory]
    [InlineData("/0", 0)]
    [InlineData("/12", 12)]
    [InlineData("/01", -1)]
    [InlineData("/-", -1)]
    [InlineData("/9999999999", -1)]
    public void Only_plain_digits_are_an_index(string text, int index)
    {
        Assert.True(JsonPointer.TryParse(text, out var pointer));

        Assert.Equal(index, pointer.Index(0));
    }
}
