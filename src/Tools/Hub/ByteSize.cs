using System.Globalization;

namespace StreamNer.Tools.Hub;

/// <summary>Writes sizes for a person.</summary>
internal static class ByteSize
{
    private const double Step = 1000;

    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB"];

    /// <summary>As <c>22.4 MB</c>, in powers of 1000.</summary>
    public static string Of(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        while (value >= Step && unit < Units.Length - 1)
            (value, unit) = (value / Step, unit + 1);
        return value.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + Units[unit];
    }
}
