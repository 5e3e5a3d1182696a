package org.moraine.cli;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.moraine.contracts.EvaluationSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Quantisation;
import org.moraine.contracts.Schedule;
import org.moraine.contracts.TrainingSettings;
import org.moraine.engine.export.ExportRecord;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads an option's word, written in small letters as the wire has it. */
abstract class Words<E extends Enum<E>> implements ITypeConverter<E> {

    private final E[] values;

    Words(E[] values) {
        this.values = values;
    }

    @Override
    public E convert(String text) {
        return Arrays.stream(values)
                .filter(value -> word(value).equals(text))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("'" + text + "' is none of "
                        + Arrays.stream(values).map(Words::word).collect(Collectors.joining(", "))));
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    static final class OfPrecision extends Words<TrainingSettings.Precision> {
        OfPrecision() {
            super(TrainingSettings.Precision.values());
        }
    }

    static final class OfQuantisation extends Words<Quantisation> {
        OfQuantisation() {
            super(Quantisation.values());
        }
    }

    static final class OfLayers extends Words<TrainingSettings.Layers> {
        OfLayers() {
            super(TrainingSettings.Layers.values());
        }
    }

    static final class OfForm extends Words<ExportRecord.Form> {
        OfForm() {
            super(ExportRecord.Form.values());
        }
    }

    static final class OfMethod extends Words<Method> {
        OfMethod() {
            super(Method.values());
        }
    }

    static final class OfDecay extends Words<Schedule.Decay> {
        OfDecay() {
            super(Schedule.Decay.values());
        }
    }

    static final class OfKeep extends Words<EvaluationSettings.Keep> {
        OfKeep() {
            super(EvaluationSettings.Keep.values());
        }
    }
}
