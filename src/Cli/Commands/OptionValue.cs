using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace StreamNer.Cli.Commands;

/// <summary>Reads the value of an option that is no text. A wrong one is told with the option's name and what it must be.</summary>
internal static class OptionValue
{
    /// <summary>A number with a point.</summary>
    /// <remarks>By itself the library leaves a comma out: <c>0,5</c> would be 5.</remarks>
    public static double Decimal(ArgumentResult argument) =>
        double.TryParse(Text(argument), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number : Refuse<double>(argument, "a number such as 0.5");

    /// <summary>A whole number.</summary>
    public static T Whole<T>(ArgumentResult argument)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> =>
        T.TryParse(Text(argument), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number : Refuse<T>(argument, $"a whole number, at most {T.MaxValue}");

    /// <summary>A length of time.</summary>
    public static TimeSpan Time(ArgumentResult argument) =>
        TimeSpan.TryParse(Text(argument), CultureInfo.InvariantCulture, out var time)
            ? time : Refuse<TimeSpan>(argument, "hours:minutes:seconds, such as 00:05:00");

    /// <summary>One of a few names, in any case.</summary>
    public static T Name<T>(ArgumentResult argument)
        where T : struct, Enum
    {
        string[] names = Enum.GetNames<T>();
        return names.Contains(Text(argument), StringComparer.OrdinalIgnoreCase) ? Enum.Parse<T>(Text(argument), ignoreCase: true)
            : Refuse<T>(argument, $"one of {string.Join(", ", names.Select(name => name.ToLowerInvariant()))}");
    }

    private static string Text(ArgumentResult argument) => argument.Tokens.Single().Value;

    private static T Refuse<T>(ArgumentResult argument, string rule)
        where T : struct
    {
        argument.AddError($"{(argument.Parent as OptionResult)?.Option.Name} is '{Text(argument)}', it must be {rule}");
        return default;
    }
}
