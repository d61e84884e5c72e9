"""How the tables of a comparison are to be read: what stands below them."""

READING = """## How to read it

- Figures are percentages; below rank-1 stands its 95 % interval, a bootstrap over people. Two methods whose intervals
  overlap widely are not told apart by these data, nor by one seed. The best of a column is bold, but for the weights
  that ship and what learns nothing: those had other data.
- **method**: leads to its configuration, and below it to the file that it is about. **R-5**, **R-10**: rank-5, rank-10.
- **viper**, **prid**, **grid**: rank-1 on people and cameras that no method has learnt from (`--across`).
- **re-ranked**: rank-1 and mAP if the method only re-orders what the shipped text search puts first, as many pictures
  as `--shortlist` says above. The row of the shipped weights is what it has to beat.
- **params**: learnt numbers of all that is in use after training; classifiers and other helpers of the losses are not,
  and the fixed vectors of words are not learnt.
- **GFLOPs**: operations in matrix products and convolutions for one crop in one pass; a multiplication with its
  addition counts as two. Below it, in millions, of one more pair of a sentence and a picture that was looked at before.
- **ms**: from crop to vector on one thread, eight at a time: resizing, then the network on the crop and on its mirror
  image, as it is used. It runs on OpenVINO where the encoder does. Below it, of one more pair, in torch, 50 pictures
  to a sentence. Times are medians.
- **min**: minutes of the epochs, measuring in between included, on as many threads as told above. **epochs**: and how
  many thousand pictures were seen in them, each as often as it was.
"""
