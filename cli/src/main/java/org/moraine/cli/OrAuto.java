package org.moraine.cli;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads an option that is a number, or {@code auto}, which is null. */
abstract class OrAuto<N extends Number> implements ITypeConverter<@Nullable N> {

    private final Function<String, N> number;

    OrAuto(Function<String, N> number) {
        this.number = number;
    }

    @Override
    public @Nullable N convert(String text) {
        if (text.equals("auto")) {
            return null;
        }
        try {
            return number.apply(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + text + "' is neither a number nor auto");
        }
    }

    static final class OfWhole extends OrAuto<Integer> {
        OfWhole() {
            super(Integer::valueOf);
        }
    }

    static final class OfReal extends OrAuto<Double> {
        OfReal() {
            super(Double::valueOf);
        }
    }
}
