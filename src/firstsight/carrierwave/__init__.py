"""
CarrierWave: what an application's uploaders do, as presets; and whether what is made here looks like what it made.

    exporter.rb                   writes what the uploaders say, inside the application
    firstsight_carrierwave.rb     the module that an uploader includes after the move
    exporting.py                  runs the exporter
    reading.py                    its JSON, as values
    meaning.py                    a processor, and one after another, as a transform
    presets.py                    versions as presets, and what could not be taken over
    writing.py                    presets into a settings file
    originals.py                  the files of a store: which are sources, which are versions of them
    verify.py, page.py            the versions that CarrierWave made beside those made here
    orphans.py                    derivatives that nobody asks for any more
"""
