using Spectre.Console;
using StreamNer.Cli.Terminal;
using StreamNer.Inference.Domain;

namespace StreamNer.Cli.Tests.Terminal;

public class EntityHighlighterTests
{
    private const string Text = "John Lenon was born in London.";

    private static readonly Entity[] Entities = [new(new TextSpan(0, 10), "PER", 0.9f), new(new TextSpan(23, 29), "LOC", 0.9f)];

    [Fact]
    public void Brackets_and_label_mark_an_entity_without_any_colour() =>
        Assert.Equal("[John Lenon PER] was born in [London LOC].", EntityHighlighter.Plain(Text, Entities));

    [Fact]
    public void Colour_adds_nothing_to_the_words()
    {
        var written = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(written) });

        console.Write(EntityHighlighter.Coloured(Text, Entities));

        Assert.Equal("[John Lenon PER] was born in [London LOC].", written.ToString().TrimEnd());
    }

    [Fact]
    public void Several_lines_become_one() =>
        Assert.Equal("[John Lenon PER] was born in [London LOC].", EntityHighlighter.Plain("John Lenon\nwas born in London.", Entities));

    [Fact]
    public void A_control_character_inside_an_entity_is_made_visible() =>
        Assert.Equal("[Jo␛n PER]", EntityHighlighter.Plain("Jo\u001bn", [new Entity(new TextSpan(0, 4), "PER", 1f)]));

    [Fact]
    public void Markup_of_the_terminal_library_in_the_text_is_only_text() =>
        Assert.Equal("[[red]] [x PER]", EntityHighlighter.Plain("[[red]] x", [new Entity(new TextSpan(8, 9), "PER", 1f)]));

    [Fact]
    public void A_label_keeps_its_colour_whatever_it_is() =>
        Assert.Equal(EntityHighlighter.StyleOf("DISEASE"), EntityHighlighter.StyleOf(string.Concat("DIS", "EASE")));
}
