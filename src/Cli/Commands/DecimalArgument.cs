using System.CommandLine.Parsing;
using System.Globalization;

namespace StreamNer.Cli.Commands;

/// <summary>Reads a number of the command line, with a point.</summary>
/// <remarks>By itself the library leaves a comma out: <c>0,5</c> would be 5.</remarks>
internal static class DecimalArgument
{
    public static double Read(ArgumentResult argument)
    {
        var text = argument.Tokens.Single().Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return number;
        argument.AddError($"{(argument.Parent as OptionResult)?.Option.Name} is '{text}', it must be a number such as 0.5");
        return 0;
    }
}
